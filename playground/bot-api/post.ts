import { endDraft } from './draft-methods.ts'
import { toMessage } from './message-object.ts'
import type { Params } from './params.ts'
import { readFlag, readInteger } from './params.ts'
import type { Content } from './read-message.ts'
import { readReply, withMarkup } from './read-message.ts'
import type { ChatMessage, State } from './state.ts'
import { nowSeconds } from './state.ts'

/** Puts a message of the bot into a chat, with what all sending methods take alike, and gives its Message object. */
export function postAsBot(
  chatId: number,
  content: Content & Pick<ChatMessage, 'document'>,
  params: Params,
  state: State,
): Record<string, unknown> {
  const replyTo = readReply(params, state, chatId)
  const threadId = readInteger(params, 'message_thread_id')
  const message: ChatMessage = {
    chat_id: chatId,
    message_id: state.nextMessageId(),
    from: 'bot',
    ...content,
    date: nowSeconds(),
    edited: false,
    delivered: true,
    ...(replyTo !== undefined && { reply_to: replyTo }),
    ...withMarkup(params),
    ...(threadId !== undefined && { message_thread_id: threadId }),
    ...(params.disable_notification !== undefined && {
      disable_notification: readFlag(params, 'disable_notification'),
    }),
    payload: params,
  }
  state.messages(chatId).push(message)
  endDraft(state, chatId, 'message')
  state.events.emit('message', message)
  return toMessage(state, message)
}
