import { createHmac, timingSafeEqual } from 'node:crypto'

/** How old the word of Telegram may be, and how far its clock may be ahead of ours. */
const OLDEST_MS = 10 * 60_000
const AHEAD_MS = 60_000

/**
 * Reads what Telegram hands a Mini App about its person.
 * @returns their id; undefined for anything that Telegram did not sign for this bot just now, and where a key stands twice.
 * https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
 */
export function readInitData(initData: string, botToken: string, now = Date.now()): number | undefined {
  const pairs = [...new URLSearchParams(initData)]
  const fields = new Map(pairs)
  if (fields.size !== pairs.length) return undefined // of two, one could have been added
  const given = Buffer.from(fields.get('hash') ?? '', 'hex')
  fields.delete('hash')
  const expected = hashOf(fields, botToken)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined

  const ageMs = now - Number(fields.get('auth_date') || Number.NaN) * 1000
  if (!(ageMs <= OLDEST_MS && ageMs >= -AHEAD_MS)) return undefined
  return idOf(fields.get('user'))
}

/** By all fields but the hash itself, in the order of their names. */
function hashOf(fields: Map<string, string>, botToken: string): Buffer {
  const lines = [...fields].map(([name, value]) => `${name}=${value}`).sort()
  const key = createHmac('sha256', 'WebAppData').update(botToken).digest()
  return createHmac('sha256', key).update(lines.join('\n')).digest()
}

function idOf(user: string | undefined): number | undefined {
  try {
    const { id } = JSON.parse(user ?? '')
    return Number.isSafeInteger(id) && id > 0 ? id : undefined
  } catch {
    return undefined
  }
}
