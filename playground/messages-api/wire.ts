// One answer on its socket. Everything that waits here ends as soon as the client is gone.
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep, setImmediate as yieldOnce } from 'node:timers/promises'

export type Wire = ReturnType<typeof createWire>

/**
 * `onEnd` runs just before the last bytes, so whoever has read the answer finds it already accounted for;
 * `onGone` runs when the client went away first. Waits then reject with an AbortError.
 */
export function createWire(response: ServerResponse, { onEnd, onGone }: { onEnd: () => void; onGone: () => void }) {
  const gone = new AbortController()
  let ended = false

  response.on('error', () => {})
  response.on('close', () => {
    if (ended) return
    ended = true
    gone.abort()
    onGone()
  })

  function end(): void {
    if (ended) return
    ended = true
    onEnd()
  }

  /** Resolves once the bytes are with the system, so a cut that follows cannot swallow them; others get a turn then. */
  async function send(text: string): Promise<void> {
    gone.signal.throwIfAborted()
    await new Promise<void>((resolve) => response.write(text, () => resolve()))
    // Otherwise a whole answer is out in one turn of the loop, and no two answers ever overlap.
    await yieldOnce()
    gone.signal.throwIfAborted()
  }

  return {
    send,

    head(status: number, headers: Record<string, string>): void {
      gone.signal.throwIfAborted()
      response.writeHead(status, headers)
      response.flushHeaders()
    },

    finish(text = ''): void {
      gone.signal.throwIfAborted()
      end()
      response.end(text)
    },

    cut(): void {
      end()
      response.socket?.destroy()
    },

    reset(): void {
      end()
      response.socket?.resetAndDestroy()
    },

    async wait(ms: number): Promise<void> {
      if (ms > 0) await sleep(ms, undefined, { signal: gone.signal })
    },

    /** The promise, or the client's going away. */
    async until<T>(promise: Promise<T>): Promise<T> {
      const { promise: left, reject } = Promise.withResolvers<never>()
      const onAbort = () => reject(gone.signal.reason)
      if (gone.signal.aborted) onAbort()
      gone.signal.addEventListener('abort', onAbort)
      return Promise.race([promise, left]).finally(() => gone.signal.removeEventListener('abort', onAbort))
    },

    /** Never resolves; rejects when the client goes away. */
    async silence(): Promise<never> {
      const { promise, reject } = Promise.withResolvers<never>()
      gone.signal.throwIfAborted()
      gone.signal.addEventListener('abort', () => reject(gone.signal.reason))
      return promise
    },

    get gone() {
      return gone.signal.aborted
    },
  }
}
