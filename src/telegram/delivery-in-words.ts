import type { Delivery } from '../../db/deliveries.ts'
import type { LocalTime } from '../local-time.ts'
import { ordinal } from './ordinal.ts'

const refusals: [RegExp, string][] = [
  [/blocked by the user/i, 'the bot was blocked'],
  [/user is deactivated/i, 'the account was deleted'],
  [/chat not found/i, 'there is no such chat'],
]

/** How the delivery of a job's outcome stands: `delivered 14:32`. Undefined where there is nothing to deliver. */
export function deliveryInWords(parts: Delivery[], localTime: LocalTime): string | undefined {
  const wanted = parts.filter(({ state }) => state !== 'dropped')
  const [failed] = wanted.filter(({ state }) => state === 'failed')
  const [waiting] = wanted.filter(({ state }) => state === 'pending')
  const sent = wanted.filter(({ state }) => state === 'sent')
  if (failed) return `cannot be delivered: ${reasonOf(failed)}`
  if (waiting) {
    const so = sent.length > 0 ? `${sent.length} of ${wanted.length} parts delivered, ` : ''
    if (waiting.attempts === 0) return `${so}${so ? 'the rest ' : ''}on its way`
    const next = waiting.nextAttemptAt ? ` at ${localTime.short(waiting.nextAttemptAt)}` : ''
    return `${so}waiting for Telegram, ${ordinal(waiting.attempts + 1)} attempt${next}`
  }
  const last = sent.at(-1)?.sentAt
  return last ? `delivered ${localTime.short(last)}` : undefined
}

function reasonOf({ error }: Delivery): string {
  const known = refusals.find(([pattern]) => pattern.test(error ?? ''))
  return known?.[1] ?? `Telegram refuses it (${error?.replace(/^\d+: /, '') ?? 'without a reason'})`
}
