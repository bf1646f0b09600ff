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
  const given = fields.get('hash') ?? ''
  fields.delete('hash')
  if (!/^[\da-f]{64}$/.test(given)) return undefined // of other text Buffer.from would read a part
  if (!timingSafeEqual(Buffer.from(given, 'hex'), hashOf(fields, botToken))) return undefined

  const date = fields.get('auth_date') ?? ''
  const ageMs = now - Number(date) * 1000
  if (!/^\d+$/.test(date) || ageMs > OLDEST_MS || ageMs < -AHEAD_MS) return undefined
  return idOf(fields.get('user'))
}

/** By all fields but the hash itself, `signature` among them, in the order of their names. */
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
