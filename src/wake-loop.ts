import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a look that failed waits before the next. */
const PAUSE_MS = 1_000

/**
 * Something to be looked at again whenever somebody says so, never twice at the same time: a wake during a look makes one
 * more look follow it. A look that throws is tried again after a pause. A look belongs to who made the loop, not to who woke
 * it: in the log it carries no update that happened to be handled.
 */
export function createWakeLoop(look: () => Promise<void>, onError: (error: unknown) => void) {
  const stopped = new AbortController()
  const asMade = AsyncLocalStorage.snapshot()
  let current: Promise<void> | undefined
  let again = false

  async function run(): Promise<void> {
    while (again && !stopped.signal.aborted) {
      again = false
      await look().catch(async (error) => {
        onError(error)
        again = true
        await sleep(PAUSE_MS, undefined, { signal: stopped.signal }).catch(() => {})
      })
    }
    current = undefined // in the same breath as the last look at `again`, or a wake in between would be lost
  }

  return {
    wake(): void {
      again = true
      if (!stopped.signal.aborted) current ??= asMade(run)
    },
    /** Resolves when nothing is being looked at. */
    async settled(): Promise<void> {
      await current
    },
    /** Ends the looking, once the current look has ended. */
    async stop(): Promise<void> {
      stopped.abort()
      await current
    },
  }
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
