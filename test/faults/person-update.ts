import type { House } from '../build.ts'
import { SECRET } from '../build.ts'

/** A person's message in their private chat, as Telegram would push it. */
export function says(updateId: number, userId: number, text: string) {
  const from = { id: userId, is_bot: false, first_name: `Person ${userId}` }
  const message = { message_id: updateId, date: 1_760_000_000, from, chat: { id: userId, type: 'private' }, text }
  return { update_id: updateId, message }
}

/** What the webhook answered to one post. */
export interface Answered {
  update_id: number
  status: number
  retryAfter: string | undefined
}

/** Posts an update once, with the right secret. */
export async function postOnce(house: House, update: { update_id: number }): Promise<Answered> {
  const { status, headers } = await house.telegram.post(update, { secret: SECRET })
  return { update_id: update.update_id, status, retryAfter: headers['retry-after'] as string | undefined } // one of its kind
}
