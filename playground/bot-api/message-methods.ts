import { isDeepStrictEqual } from 'node:util'
import { toMessage } from './message-object.ts'
import type { Params } from './params.ts'
import { readText } from './params.ts'
import { postAsBot } from './post.ts'
import type { Content } from './read-message.ts'
import { readChat, readMessageId, readTextContent, withMarkup } from './read-message.ts'
import { badRequest } from './refusal.ts'
import type { ChatMessage, State } from './state.ts'

const notModified =
  'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message'
const actions = new Set(
  [
    'typing choose_sticker find_location record_video upload_video record_voice upload_voice',
    'upload_photo upload_document record_video_note upload_video_note',
  ].flatMap((names) => names.split(' ')),
)

/** The methods that write into chats. */
export const messageMethods = {
  sendMessage(params: Params, state: State): unknown {
    const content = readTextContent(params)
    return postAsBot(readChat(params, state), content, params, state)
  },

  editMessageText(params: Params, state: State): unknown {
    const content = readTextContent(params)
    const message = readOwnMessage(params, state)
    if (message.document) throw badRequest('there is no text in the message to edit')
    return edit(message, content, params, state)
  },

  editMessageReplyMarkup(params: Params, state: State): unknown {
    const message = readOwnMessage(params, state)
    const { text, entities, entitiesDropped, raw, edited } = message
    // Whose buttons alone have changed does not count as edited for the person.
    return edit(message, { text, entities, entitiesDropped, raw }, params, state, edited)
  },

  deleteMessage(params: Params, state: State): unknown {
    const chatId = readChat(params, state)
    const message = state.find(chatId, readMessageId(params))
    if (!message) throw badRequest('message to delete not found')
    const list = state.messages(chatId)
    list.splice(list.indexOf(message), 1)
    state.events.emit('delete', message)
    return true
  },

  sendChatAction(params: Params, state: State): unknown {
    const chatId = readChat(params, state)
    const action = readText(params, 'action')
    if (!actions.has(action)) throw badRequest('wrong parameter action in request')
    state.events.emit('action', { chat_id: chatId, action })
    return true
  },

  answerCallbackQuery(params: Params, state: State): unknown {
    if (!state.queries.has(readText(params, 'callback_query_id'))) {
      throw badRequest('query is too old and response timeout expired or query ID is invalid')
    }
    if (readText(params, 'text').length > 200) throw badRequest('MESSAGE_TOO_LONG')
    return true
  },
}

function readOwnMessage(params: Params, state: State): ChatMessage {
  const message = state.find(readChat(params, state), readMessageId(params))
  if (!message) throw badRequest('message to edit not found')
  if (message.from !== 'bot') throw badRequest("message can't be edited")
  return message
}

function edit(message: ChatMessage, content: Content, params: Params, state: State, edited = true): unknown {
  const { reply_markup: markup } = withMarkup(params)
  const same =
    message.text === content.text &&
    isDeepStrictEqual(message.entities, content.entities) &&
    isDeepStrictEqual(message.reply_markup, markup)
  if (same) throw badRequest(notModified)
  // An edit without reply_markup takes the keyboard away.
  delete message.reply_markup
  Object.assign(message, content, markup && { reply_markup: markup }, { edited, payload: params })
  state.events.emit('edit', message)
  return toMessage(state, message)
}
