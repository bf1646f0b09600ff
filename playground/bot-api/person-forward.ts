import type { Extra, PersonChat } from './person-chat.ts'
import { textFields } from './person-chat.ts'
import { photoOf, withCaption } from './person-media.ts'
import type { Person, Update } from './state.ts'
import { nowSeconds } from './state.ts'

export type ForwardOptions = {
  /** The name of who wrote it. */
  from?: string
  /** `hidden_user` is who lets nobody link to them. */
  origin?: 'user' | 'hidden_user' | 'channel'
  /** The forwarded message is this photo, and the text its caption. */
  photo?: { bytes: Uint8Array; width?: number; height?: number }
}

/** Messages of others that people pass on to the bot. */
export function createForwards(chat: PersonChat) {
  return {
    forward(who: Person | number, text: string, options: ForwardOptions = {}, extra: Extra = {}): Update {
      const { from = 'Someone Else', origin = 'user', photo } = options
      const sent = photo
        ? withCaption(photoOf(chat.state, photo.bytes, photo), text)
        : { fields: textFields(text), shown: { text } }
      const fields = { forward_origin: originOf(origin, from), ...sent.fields }
      return chat.post(who, { fields, shown: { ...sent.shown, forwarded_from: from } }, extra)
    },
  }
}

function originOf(type: 'user' | 'hidden_user' | 'channel', name: string): Record<string, unknown> {
  const date = nowSeconds() - 3_600
  if (type === 'hidden_user') return { type, date, sender_user_name: name }
  if (type === 'user') return { type, date, sender_user: { id: 4_100_000_001, is_bot: false, first_name: name } }
  return { type, date, chat: { id: -1_001_000_000_001, type: 'channel', title: name }, message_id: 1 }
}
