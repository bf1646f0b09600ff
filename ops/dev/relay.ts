import { setTimeout as sleep } from 'node:timers/promises'
import { TelegramError } from 'telegraf'
import type { Api } from '../../src/telegram/api.ts'
import { ALLOWED_UPDATES } from '../../src/telegram/webhook.ts'
import type { Hand } from './hand.ts'
import { createPatience, pauseAfter } from './patience.ts'
import { type Say, StepAside } from './say.ts'
import { hostOfWebhook, inTheWay } from './webhook.ts'

/** Below the 20 seconds that the API client gives a call; Telegram itself would wait for 50. */
const POLL_SECONDS = 15
/** So many times another poller may get in between before it has the bot for itself. */
const MOST_CONFLICTS = 6
const LAST_CALL_MS = 3_000

interface Options {
  api: Api
  hand: Hand
  say: Say
  signal: AbortSignal
  pauseMs?: number
}

/**
 * Takes the bot's updates by getUpdates and hands them on, one after the other. An update is confirmed to Telegram only
 * after it was taken. Runs until the signal, and then throws. @throws {StepAside} when somebody else has the bot.
 */
export async function relay({ api, hand, say, signal, pauseMs }: Options): Promise<never> {
  const patiently = createPatience({ say, signal, pauseMs })
  let [offset, confirmed] = [0, 0]
  let conflicts = 0

  async function poll() {
    const asked = { offset, timeout: POLL_SECONDS, allowed_updates: ALLOWED_UPDATES }
    const updates = await api.callApi('getUpdates', asked, { signal: signal as never })
    confirmed = offset
    return updates
  }

  async function yieldOrStepAside(error: unknown): Promise<void> {
    if (!(error instanceof TelegramError && error.code === 409)) throw error
    if (/webhook/i.test(error.description)) {
      const host = await hostOfWebhook({ api, patiently })
      throw new StepAside(`A webhook was set meanwhile. ${inTheWay(host ?? 'an address that is gone again')}`)
    }
    conflicts++
    if (conflicts > MOST_CONFLICTS) {
      throw new StepAside('The other process still takes the updates. Stop it, or use a second bot for development.')
    }
    if (conflicts === 1) say('Another process takes the updates of this bot too (409). Waiting for it to end.')
    await sleep(pauseAfter(conflicts, pauseMs), undefined, { signal })
  }

  try {
    for (;;) {
      signal.throwIfAborted()
      const updates = await patiently(poll).catch(yieldOrStepAside)
      if (updates?.length === 0 && conflicts > 0) {
        say('The other process is gone.') // a whole poll went by without it
        conflicts = 0
      }
      for (const update of updates ?? []) {
        await hand(update, signal)
        offset = update.update_id + 1
      }
    }
  } finally {
    // Whoever asks next may have another database, and would act on these once more.
    if (offset !== confirmed) {
      const last = { signal: AbortSignal.timeout(LAST_CALL_MS) as never }
      await api.callApi('getUpdates', { offset, timeout: 0, limit: 1 }, last).catch(() => {})
    }
  }
}
