import type { Api } from './api.ts'

/** Who asks waits for it. */
const DEADLINE_MS = 3_000

export interface WebhookStanding {
  /** Updates that Telegram could not deliver yet. */
  pending: number
  lastError: { at: Date; message: string } | undefined
}

/** How Telegram gets along with the webhook; undefined where it does not answer in time. */
export async function webhookStanding(api: Api): Promise<WebhookStanding | undefined> {
  const signal = AbortSignal.timeout(DEADLINE_MS)
  try {
    const info = await api.callApi('getWebhookInfo', {}, { signal: signal as never }) // Telegraf has a type of its own for it
    const { pending_update_count: pending, last_error_date: date, last_error_message: message } = info
    return { pending, lastError: date ? { at: new Date(date * 1000), message: message ?? 'no reason given' } : undefined }
  } catch {
    return undefined
  }
}
