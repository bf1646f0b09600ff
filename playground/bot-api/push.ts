import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from './exchange.ts'
import { exchange } from './exchange.ts'
import { isObject, type Params } from './params.ts'
import type { State, Update } from './state.ts'
import { nowSeconds } from './state.ts'

const secretHeader = 'x-telegram-bot-api-secret-token'
const answerTimeoutMs = 60_000
const longestDelayMs = 5_000
const longestRetryAfterSeconds = 3_600

type Entry = { update: Update; attempts: number }

/**
 * Posts updates to the webhook as Telegram does: in order per chat, chats side by side, the same update again until a 2xx.
 * `execute` runs the call that a webhook's answer may carry. Delays are shorter than Telegram's: at most 5 s.
 */
export function createPusher(options: { state: State; retryBaseMs: number; execute(method: string, params: Params): void }) {
  const { state } = options
  const agent = new Agent({ keepAlive: true, maxSockets: 40 })
  const queues = new Map<string, Entry[]>()
  const draining = new Set<string>()
  const closing = new AbortController()
  let wake = new AbortController()
  let local: string | undefined
  let waiters: (() => void)[] = []

  function address(): string | undefined {
    const url = state.webhook?.url
    return url?.startsWith('https:') && local !== undefined ? local : url
  }

  async function drain(key: string, queue: Entry[]): Promise<void> {
    draining.add(key)
    for (let entry = queue[0]; entry && address() && !closing.signal.aborted; entry = queue[0]) {
      entry.attempts += 1
      // Taken before the try: a webhook that changes during it wakes the pause after it.
      const woken = wake.signal
      const answer = await attempt(entry)
      if (answer && answer.status >= 200 && answer.status < 300) {
        if (queue[0] === entry) queue.shift()
        runAnswer(answer)
        state.events.emit('delivered', { update: entry.update, attempts: entry.attempts, status: answer.status })
        settle()
      } else {
        await pause(entry, answer, woken)
      }
    }
    draining.delete(key)
    if (queue.length === 0 && queues.get(key) === queue) queues.delete(key)
  }

  async function attempt({ update, attempts }: Entry): Promise<Answer | undefined> {
    const { webhook } = state
    try {
      const answer = await send(JSON.stringify(update), { agent, timeoutMs: answerTimeoutMs, signal: closing.signal })
      if (webhook && answer.status >= 300) {
        webhook.lastError = { date: nowSeconds(), message: `Wrong response from the webhook: ${answer.status}` }
      }
      state.events.emit('push', { update, attempt: attempts, status: answer.status })
      return answer
    } catch (error) {
      const message = describe(error)
      if (webhook) webhook.lastError = { date: nowSeconds(), message }
      if (!closing.signal.aborted) state.events.emit('push', { update, attempt: attempts, error: message })
      return undefined
    }
  }

  function send(
    body: string | Uint8Array,
    how: { timeoutMs: number; agent?: Agent; signal?: AbortSignal; secret?: string | null; headers?: HeaderRecord },
  ): Promise<Answer> {
    const url = address()
    if (url === undefined) throw new Error('No webhook is set: call setWebhook, or target() of the stand-in')
    const secret = how.secret === undefined ? state.webhook?.secret : how.secret
    const headers = {
      'content-type': 'application/json',
      ...(secret != null && { [secretHeader]: secret }),
      ...how.headers,
    }
    return exchange({ ...how, url, headers, body })
  }

  async function pause(entry: Entry, answer: Answer | undefined, woken: AbortSignal): Promise<void> {
    const asked = Number(answer?.headers['retry-after'])
    const backoffMs = Math.min(longestDelayMs, options.retryBaseMs * 2 ** (entry.attempts - 1))
    const delayMs = asked > 0 ? Math.min(longestRetryAfterSeconds, asked) * 1_000 : backoffMs
    const signal = AbortSignal.any([closing.signal, woken])
    await sleep(delayMs, undefined, { signal }).catch(() => {})
  }

  function runAnswer(answer: Answer): void {
    if (!/^application\/json\b/i.test(answer.headers['content-type'] ?? '')) return
    try {
      const body: unknown = JSON.parse(answer.body)
      if (!isObject(body) || typeof body.method !== 'string') return
      const { method, ...params } = body
      options.execute(method, params)
    } catch {
      // Telegram looks for a call in the answer and ignores whatever else stands there.
    }
  }

  function pending(): number {
    return [...queues.values()].reduce((sum, queue) => sum + queue.length, 0)
  }

  function settle(): void {
    if (pending() > 0) return
    for (const done of waiters.splice(0)) done()
  }

  return {
    push(update: Update): void {
      const key = queueOf(update)
      const queue = queues.get(key) ?? []
      queues.set(key, queue)
      queue.push({ update, attempts: 0 })
      if (!draining.has(key)) void drain(key, queue)
    },
    pending,
    /** What has not been delivered yet, oldest first. */
    waiting: (): Update[] =>
      [...queues.values()].flatMap((queue) => queue.map(({ update }) => update)).sort((a, b) => a.update_id - b.update_id),
    /** Takes out what getUpdates has handed out, as delivered by its answer. */
    confirm(updates: Update[]): void {
      const confirmed = new Set(updates)
      for (const queue of queues.values()) {
        const kept = queue.filter(({ update }) => !confirmed.has(update))
        queue.splice(0, queue.length, ...kept)
      }
      for (const update of updates) state.events.emit('delivered', { update, attempts: 1, status: 200 })
      settle()
    },
    /** Forgets what has not been delivered yet. */
    drop(): void {
      for (const queue of queues.values()) queue.splice(0)
      settle()
    },
    /** Tries everything again now: the webhook is another one. */
    changed(): void {
      agent.maxSockets = Math.min(40, state.webhook?.maxConnections ?? 40)
      wake.abort()
      wake = new AbortController()
      for (const [key, queue] of queues) if (!draining.has(key)) void drain(key, queue)
    },
    /** Where to push from now on; an https address given to setWebhook later still leads here. */
    target(url: string): void {
      local = url
    },
    idle(): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiters.push(resolve)
      settle()
      return promise
    },
    send,
    close(): void {
      closing.abort()
      agent.destroy()
      waiters = []
    },
  }
}

export type HeaderRecord = Record<string, string>

// Button presses do not wait behind messages; whatever has no chat goes by its sender.
function queueOf(update: Update): string {
  const kind = Object.keys(update).find((name) => name !== 'update_id') ?? 'none'
  const content = isObject(update[kind]) ? update[kind] : {}
  const from = isObject(content.from) ? content.from.id : update.update_id
  if (isObject(content.chat)) return `chat:${content.chat.id}`
  return `${kind}:${from}`
}

function describe(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ECONNREFUSED') return 'Connection refused'
  if (code === 'ECONNRESET') return 'Connection reset by peer'
  return error instanceof Error ? error.message : String(error)
}
