import { setTimeout as sleep } from 'node:timers/promises'

const LONGEST_WAIT_MS = 60_000

/** What a call says of the bot: refused, let through, or nothing, since Telegram could not be reached or nothing was sent. */
export type Ending = 'refused' | 'through' | 'unknown'

/** Is told how the call went; gives the ms for which no other follows, if the bot itself was refused. */
export type Ended = (how: Ending) => number | undefined

/**
 * Telegram refuses the bot itself, as it does with a wrong token: nothing goes out but one try at a time, further and
 * further apart, until one gets through.
 */
export function createOutage(now = () => performance.now()) {
  let since: { tries: number; until: number } | undefined
  let probe: Promise<void> | undefined

  function note(how: Ending, isProbe: boolean): number | undefined {
    if (how === 'through') since = undefined
    // Calls that were under way when the first was refused say nothing new.
    if (how === 'refused' && (isProbe || !since)) {
      const tries = (since?.tries ?? 0) + 1
      since = { tries, until: now() + Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** Math.min(tries - 1, 6)) }
    }
    return how === 'refused' && since ? Math.max(1, since.until - now()) : undefined
  }

  return {
    /** Waits until a call may be made, and for `pace` last. To one at a time while there is an outage, to all else. */
    async pass(pace: () => Promise<void>, signal: AbortSignal): Promise<Ended> {
      for (;;) {
        signal.throwIfAborted()
        if (since && probe) await Promise.race([probe, sleep(LONGEST_WAIT_MS, undefined, { signal, ref: false })])
        else if (since && since.until > now()) await sleep(since.until - now(), undefined, { signal })
        else {
          await pace()
          if (!since) return (how) => note(how, false)
          if (probe || since.until > now()) continue
          const { promise, resolve } = Promise.withResolvers<void>()
          probe = promise
          return (how) => {
            probe = undefined
            const waitMs = note(how, true)
            resolve()
            return waitMs
          }
        }
      }
    },
  }
}
