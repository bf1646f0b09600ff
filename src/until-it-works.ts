import { setTimeout as sleep } from 'node:timers/promises'

interface Options {
  /** The wait in ms after a try that failed; `tries` counts from 1. */
  delayMs?: (error: unknown, tries: number) => number
  onFailure: (error: unknown) => void
  /** Ends the waiting, by throwing. The first try is made in any case. */
  signal?: AbortSignal
}

const backOff = (_error: unknown, tries: number) => Math.min(5_000, 100 * 2 ** tries)

/** For what must come about in the end: tries until it works, however long that takes, and whatever is thrown. */
export async function untilItWorks<T>(work: () => Promise<T>, { delayMs = backOff, onFailure, signal }: Options): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      onFailure(error)
      await sleep(delayMs(error, tries), undefined, signal && { signal })
    }
  }
}
