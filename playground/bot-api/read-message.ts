import type { FormattedText } from './entities.ts'
import { parseHtml } from './entities.ts'
import { readMarkup } from './markup.ts'
import type { Params } from './params.ts'
import { isObject, readFlag, readInteger, readText } from './params.ts'
import { badRequest, Refusal } from './refusal.ts'
import type { ChatMessage, State } from './state.ts'
import { trim } from './trim.ts'

/** Telegram's limits for a text and a caption, in UTF-16 units after entities are parsed. */
export const maxTextUnits = 4096
export const maxCaptionUnits = 1024

export type Content = FormattedText & { /** As it was sent, markup included. */ raw: string }

export function readTextContent(params: Params): Content {
  const content = readFormatted(params, 'text', 'entities')
  if (content.raw === '') throw badRequest('message text is empty')
  if (content.text === '') throw badRequest('text must be non-empty')
  if (content.text.length > maxTextUnits) throw badRequest('message is too long')
  return content
}

export function readCaption(params: Params): Content {
  const content = readFormatted(params, 'caption', 'caption_entities')
  if (content.text.length > maxCaptionUnits) throw badRequest('message caption is too long')
  return content
}

/** A draft's text may be empty: Telegram then shows that the bot is thinking. */
export function readDraftContent(params: Params): Content {
  const content = readFormatted(params, 'text', 'entities')
  if (content.text.length > maxTextUnits) throw badRequest('message is too long')
  return content
}

function readFormatted(params: Params, name: string, entitiesName: string): Content {
  const raw = readText(params, name)
  const mode = readText(params, 'parse_mode').toLowerCase()
  // Telegram knows Markdown too; nothing here sends it, so it counts as a mistake.
  if (raw !== '' && mode !== '' && mode !== 'html') throw badRequest('unsupported parse_mode')
  const given = params[entitiesName]
  const formatted = mode === 'html' ? parseHtml(raw) : trim({ text: raw, entities: Array.isArray(given) ? given : [] })
  return { ...formatted, raw }
}

export function readChat(params: Params, state: State): number {
  if (params.chat_id === undefined || params.chat_id === '') throw badRequest('chat_id is empty')
  const chatId = readInteger(params, 'chat_id')
  if (chatId === undefined || !state.isKnown(chatId)) throw badRequest('chat not found')
  if (state.blocked.has(chatId)) throw new Refusal(403, 'Forbidden: bot was blocked by the user')
  return chatId
}

export function readMessageId(params: Params): number {
  const id = readInteger(params, 'message_id')
  if (!id) throw badRequest('message identifier is not specified')
  return id
}

export function readReply(params: Params, state: State, chatId: number): number | undefined {
  const reply = isObject(params.reply_parameters) ? params.reply_parameters : undefined
  const id = reply ? readInteger(reply, 'message_id') : readInteger(params, 'reply_to_message_id')
  if (id === undefined || state.find(chatId, id)) return id
  if (readFlag(reply ?? params, 'allow_sending_without_reply')) return undefined
  throw badRequest('message to be replied not found')
}

export function withMarkup(params: Params): Pick<ChatMessage, 'reply_markup'> {
  const markup = readMarkup(params)
  return markup ? { reply_markup: markup } : {}
}
