import { isDeepStrictEqual } from 'node:util'
import type { FormattedText } from './entities.ts'
import { parseHtml, trim } from './entities.ts'
import { readMarkup } from './markup.ts'
import type { Params } from './params.ts'
import { isObject, readFlag, readInteger, readText } from './params.ts'
import { badRequest, Refusal } from './refusal.ts'
import type { ChatMessage, State } from './state.ts'
import { nowSeconds, toMessage } from './state.ts'

/** Telegram's limit for the text of a message, in UTF-16 units after entities are parsed. */
export const maxTextUnits = 4096

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
    const formatted = readFormatted(params)
    const chatId = readChat(params, state)
    const replyTo = readReply(params, state, chatId)
    const threadId = readInteger(params, 'message_thread_id')
    const message: ChatMessage = {
      chat_id: chatId,
      message_id: state.nextMessageId(),
      from: 'bot',
      ...formatted,
      raw: readText(params, 'text'),
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
    state.events.emit('message', message)
    return toMessage(state, message)
  },

  editMessageText(params: Params, state: State): unknown {
    const formatted = readFormatted(params)
    const message = readOwnMessage(params, state)
    return edit(message, { ...formatted, raw: readText(params, 'text') }, params, state)
  },

  editMessageReplyMarkup(params: Params, state: State): unknown {
    const message = readOwnMessage(params, state)
    return edit(message, { text: message.text, entities: message.entities, raw: message.raw }, params, state)
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

function readFormatted(params: Params): FormattedText {
  const source = readText(params, 'text')
  if (source === '') throw badRequest('message text is empty')
  const mode = readText(params, 'parse_mode').toLowerCase()
  // Telegram knows Markdown too; nothing here sends it, so it counts as a mistake.
  if (mode !== '' && mode !== 'html') throw badRequest('unsupported parse_mode')
  const given = Array.isArray(params.entities) ? params.entities : []
  const formatted = mode === 'html' ? parseHtml(source) : trim({ text: source, entities: given })
  if (formatted.text === '') throw badRequest('text must be non-empty')
  if (formatted.text.length > maxTextUnits) throw badRequest('message is too long')
  return formatted
}

function readChat(params: Params, state: State): number {
  if (params.chat_id === undefined || params.chat_id === '') throw badRequest('chat_id is empty')
  const chatId = readInteger(params, 'chat_id')
  if (chatId === undefined || !state.isKnown(chatId)) throw badRequest('chat not found')
  if (state.blocked.has(chatId)) throw new Refusal(403, 'Forbidden: bot was blocked by the user')
  return chatId
}

function readMessageId(params: Params): number {
  const id = readInteger(params, 'message_id')
  if (!id) throw badRequest('message identifier is not specified')
  return id
}

function readOwnMessage(params: Params, state: State): ChatMessage {
  const message = state.find(readChat(params, state), readMessageId(params))
  if (!message) throw badRequest('message to edit not found')
  if (message.from !== 'bot') throw badRequest("message can't be edited")
  return message
}

function readReply(params: Params, state: State, chatId: number): number | undefined {
  const reply = isObject(params.reply_parameters) ? params.reply_parameters : undefined
  const id = reply ? readInteger(reply, 'message_id') : readInteger(params, 'reply_to_message_id')
  if (id === undefined || state.find(chatId, id)) return id
  if (readFlag(reply ?? params, 'allow_sending_without_reply')) return undefined
  throw badRequest('message to be replied not found')
}

function withMarkup(params: Params): Pick<ChatMessage, 'reply_markup'> {
  const markup = readMarkup(params)
  return markup ? { reply_markup: markup } : {}
}

function edit(message: ChatMessage, content: FormattedText & { raw: string }, params: Params, state: State): unknown {
  const { reply_markup: markup } = withMarkup(params)
  const same =
    message.text === content.text &&
    isDeepStrictEqual(message.entities, content.entities) &&
    isDeepStrictEqual(message.reply_markup, markup)
  if (same) throw badRequest(notModified)
  // An edit without reply_markup takes the keyboard away.
  delete message.reply_markup
  Object.assign(message, content, markup && { reply_markup: markup }, { edited: true, payload: params })
  state.events.emit('edit', message)
  return toMessage(state, message)
}
