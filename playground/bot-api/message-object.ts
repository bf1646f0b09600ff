import type { StoredFile } from './files.ts'
import type { ChatMessage, State } from './state.ts'
import { nowSeconds } from './state.ts'

/** The Message object that Telegram would give for a message of the chat. */
export function toMessage(state: State, message: ChatMessage): Record<string, unknown> {
  if (message.from === 'person') return message.payload
  const replied = message.reply_to === undefined ? undefined : state.find(message.chat_id, message.reply_to)
  const { document, text, entities } = message
  const hasEntities = entities.length > 0
  return {
    message_id: message.message_id,
    from: { id: state.me.id, is_bot: true, first_name: state.me.first_name, username: state.me.username },
    chat: toChat(state, message.chat_id),
    date: message.date,
    ...(message.edited && { edit_date: nowSeconds() }),
    ...(message.message_thread_id !== undefined && { message_thread_id: message.message_thread_id }),
    ...(replied && { reply_to_message: toReplied(state, replied) }),
    ...(document
      ? { document: toDocument(document), ...(text && { caption: text }), ...(hasEntities && { caption_entities: entities }) }
      : { text, ...(hasEntities && { entities }) }),
    ...(message.reply_markup?.inline_keyboard && { reply_markup: message.reply_markup }),
  }
}

/** The message that another one answers: Telegram does not tell what that one had answered in its turn. */
export function toReplied(state: State, message: ChatMessage): Record<string, unknown> {
  return { ...toMessage(state, message), reply_to_message: undefined }
}

export function toChat(state: State, chatId: number): Record<string, unknown> {
  const { id = chatId, first_name = 'Someone', last_name, username } = state.people.get(chatId) ?? {}
  if (chatId < 0) return { id, type: 'supergroup', title: 'Group' }
  return { id, type: 'private', first_name, ...(last_name && { last_name }), ...(username && { username }) }
}

export function toDocument({ file_id, file_unique_id, file_name, mime_type, file_size }: Omit<StoredFile, 'kind'>) {
  return { file_name, mime_type, file_id, file_unique_id, file_size }
}
