import { setTimeout as sleep } from 'node:timers/promises'

const LONGEST_WAIT_MS = 60_000

/** What a call says of the bot: refused, let through, or nothing, since Telegram could not be reached or nothing was sent. */
export type Ending = 'refused' | 'through' | 'unknown'

/**
 * Telegram refuses the bot itself, as it does with a wrong token: nothing goes out but one try at a time, further and
 * further apart, until one gets through.
 */
export function createOutage(now = Date.now) {
  let since: { tries: number; until: number } | undefined
  let probe: Promise<void> | undefined
  let endProbe = () => {}

  return {
    /**
     * Waits for permission to send, and gives it to one at a time while there is an outage; `pace` is waited for last.
     * Whoever got it says by `ended` how it went.
     */
    async pass(pace: () => Promise<void>, signal: AbortSignal): Promise<void> {
      for (;;) {
        signal.throwIfAborted()
        if (since && probe) await Promise.race([probe, sleep(LONGEST_WAIT_MS, undefined, { signal, ref: false })])
        else if (since && since.until > now()) await sleep(since.until - now(), undefined, { signal })
        else {
          await pace()
          if (!since) return
          if (probe || since.until > now()) continue
          const { promise, resolve } = Promise.withResolvers<void>()
          probe = promise
          endProbe = resolve
          return
        }
      }
    },

    /** A call has ended. Returns when the next may follow, in ms since 1970, if the bot itself was refused by it. */
    ended(how: Ending): number | undefined {
      if (how === 'refused' && (!since || probe)) {
        const tries = (since?.tries ?? 0) + 1
        since = { tries, until: now() + Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** Math.min(tries - 1, 6)) }
      } else if (how === 'through') since = undefined
      probe = undefined
      endProbe()
      return how === 'refused' ? since?.until : undefined
    },
  }
}
