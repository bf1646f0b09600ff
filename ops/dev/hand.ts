import { setTimeout as sleep } from 'node:timers/promises'
import { WEBHOOK_PATH } from '../../src/telegram/webhook.ts'
import { pauseAfter } from './patience.ts'
import type { Say } from './say.ts'

/** What Telegram gives a webhook too. */
const ANSWER_TIMEOUT_MS = 60_000
const LONGEST_RETRY_AFTER_SECONDS = 3_600

interface Options {
  /** Where the service listens. */
  url: string
  secret: string
  say: Say
}

/** Returns when the service has taken the update; until then it gets it again, as from Telegram. Throws when the signal aborts. */
export type Hand = (update: { update_id: number }, signal: AbortSignal) => Promise<void>

/** Hands updates to the service's own webhook route, as Telegram would. */
export function createHand({ url, secret, say }: Options): Hand {
  const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret }

  async function post(body: string): Promise<{ why: string; retryAfterMs: number } | undefined> {
    try {
      const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
      const response = await fetch(url + WEBHOOK_PATH, { method: 'POST', headers, body, signal: timeout })
      await response.arrayBuffer()
      if (response.ok) return undefined
      const seconds = Number(response.headers.get('retry-after')) || 0
      return { why: `status ${response.status}`, retryAfterMs: Math.min(seconds, LONGEST_RETRY_AFTER_SECONDS) * 1_000 }
    } catch {
      return { why: 'no answer', retryAfterMs: 0 }
    }
  }

  return async function hand(update, signal) {
    const body = JSON.stringify(update)
    let trouble: string | undefined
    for (let tries = 1; ; tries++) {
      const refusal = await post(body)
      if (!refusal) {
        if (trouble) say(`The service has taken update ${update.update_id}.`)
        return
      }
      if (refusal.why !== trouble) say(`The service did not take update ${update.update_id} (${refusal.why}): it comes again.`)
      trouble = refusal.why
      await sleep(refusal.retryAfterMs || pauseAfter(tries), undefined, { signal })
    }
  }
}
