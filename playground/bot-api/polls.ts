import type { Params } from './params.ts'
import { readInteger } from './params.ts'
import { Refusal } from './refusal.ts'
import { readAllowedUpdates } from './setup-methods.ts'
import type { State, Update } from './state.ts'

const longestPollSeconds = 50

/** The queue that polls are answered from; webhooks are served from the same one. */
export type UpdateQueue = {
  /** What waits, oldest first. */
  waiting(): Update[]
  /** The bot has these: they are gone for good. */
  confirm(updates: Update[]): void
}

/** getUpdates: one poll at a time, confirmation by offset, an answer as soon as something is there. */
export function createPolls(options: { state: State; queue: UpdateQueue }) {
  const { state, queue } = options
  let current: { check(): void; end(error: Refusal): void } | undefined

  function interrupt(by: string): void {
    current?.end(conflict(`terminated by ${by}`))
  }

  // An offset below zero counts from the end of the queue; whatever is before the offset is confirmed by it.
  function confirmBefore(offset: number): void {
    const waiting = queue.waiting()
    if (offset < 0) queue.confirm(waiting.slice(0, offset))
    else queue.confirm(waiting.filter((update) => update.update_id < offset))
  }

  async function wait(limit: number, timeoutSeconds: number, gone: AbortSignal): Promise<Update[]> {
    const { promise, resolve, reject } = Promise.withResolvers<Update[]>()
    const leave = () => reject(new Refusal(499, 'Client Closed Request'))
    const timer = setTimeout(() => resolve([]), timeoutSeconds * 1_000)
    gone.addEventListener('abort', leave)
    const poll = { check: () => resolve(queue.waiting().slice(0, limit)), end: reject }
    current = poll
    state.events.emit('poll', { timeoutSeconds })
    if (gone.aborted) leave()
    try {
      return await promise
    } finally {
      if (current === poll) current = undefined
      clearTimeout(timer)
      gone.removeEventListener('abort', leave)
    }
  }

  return {
    methods: {
      async getUpdates(params: Params, _: State, gone: AbortSignal): Promise<Update[]> {
        if (state.webhook) {
          throw conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
        }
        readAllowedUpdates(params, state)
        const limit = between(1, readInteger(params, 'limit') ?? 100, 100)
        const timeoutSeconds = between(0, readInteger(params, 'timeout') ?? 0, longestPollSeconds)
        interrupt('other getUpdates request; make sure that only one bot instance is running')
        confirmBefore(readInteger(params, 'offset') ?? 0)
        const updates = queue.waiting().slice(0, limit)
        return updates.length > 0 || timeoutSeconds === 0 ? updates : await wait(limit, timeoutSeconds, gone)
      },
    },
    /** Something is in the queue now. */
    arrived: (): void => current?.check(),
    interrupt,
    isPolling: (): boolean => current !== undefined,
  }
}

function conflict(why: string): Refusal {
  return new Refusal(409, `Conflict: ${why}`)
}

function between(least: number, value: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
