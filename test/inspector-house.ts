import { createHmac } from 'node:crypto'
import { ada, type House } from './build.ts'

/** What Telegram hands a Mini App, signed for the bot of this house; `change` changes the fields before that. */
export function initDataOf(
  house: House,
  change: Record<string, string | undefined> = {},
  token = house.telegram.token,
): string {
  const fields = new URLSearchParams()
  const all = { query_id: 'AAE', user: JSON.stringify(ada), auth_date: String(secondsAgo(5)), signature: 'abc_-', ...change }
  for (const [name, value] of Object.entries(all)) if (value !== undefined) fields.set(name, value)
  const lines = [...fields].map(([name, value]) => `${name}=${value}`).sort()
  const key = createHmac('sha256', 'WebAppData').update(token).digest()
  fields.set('hash', createHmac('sha256', key).update(lines.join('\n')).digest('hex'))
  return fields.toString()
}

export const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1000) - seconds

/** Asks for a session with this Authorization header. */
export async function openSession(house: House, authorization: string) {
  const response = await fetch(`${house.url}/inspector/session`, {
    method: 'POST',
    headers: { connection: 'close', authorization },
  })
  return { status: response.status, body: (await response.json()) as { token: string; expires_at: string; message: string } }
}

/** The bearer of a person, as headers. */
export async function sessionOf(house: House, person: { id: number }): Promise<Record<string, string>> {
  const { body } = await openSession(house, `tma ${initDataOf(house, { user: JSON.stringify(person) })}`)
  return { authorization: `Bearer ${body.token}` }
}
