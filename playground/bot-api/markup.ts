import type { Params } from './params.ts'
import { isObject, readInteger } from './params.ts'
import { badRequest } from './refusal.ts'
import type { Markup } from './state.ts'

/** Checks `reply_markup`: inline keyboards in full, other kinds only for being an object. An empty keyboard is none. */
export function readMarkup(params: Params): Markup | undefined {
  const markup = params.reply_markup
  const isPrivate = (readInteger(params, 'chat_id') ?? 0) > 0 // Telegram opens Mini Apps from private chats alone
  if (markup === undefined || markup === null || markup === '') return undefined
  if (!isObject(markup)) throw badRequest('object expected as reply markup')
  const rows = markup.inline_keyboard
  if (rows === undefined) return markup
  if (!Array.isArray(rows)) throw badRequest('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array')
  for (const row of rows) {
    if (!Array.isArray(row)) throw badRequest("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    for (const button of row) checkButton(button, isPrivate)
  }
  const filled = rows.filter((row) => row.length > 0)
  return filled.length === 0 ? undefined : { inline_keyboard: filled }
}

function checkButton(button: unknown, isPrivate: boolean): void {
  const mistake = "can't parse inline keyboard button"
  if (!isObject(button)) throw badRequest(`${mistake}: InlineKeyboardButton must be an Object`)
  const { text, callback_data: data, url, web_app: app, ...others } = button
  if (typeof text !== 'string') throw badRequest(`${mistake}: Can't find field "text"`)
  if (text.trim() === '') throw badRequest('BUTTON_TEXT_EMPTY')
  if ([data, url, app].filter((kind) => kind !== undefined).length > 1) throw badRequest('BUTTON_TYPE_INVALID')
  if (data !== undefined) {
    const bytes = typeof data === 'string' ? Buffer.byteLength(data) : 0
    if (bytes < 1 || bytes > 64) throw badRequest('BUTTON_DATA_INVALID')
  } else if (url !== undefined) {
    if (typeof url !== 'string' || !/^(https?|tg):\/\/\S+$/.test(url)) throw badRequest('BUTTON_URL_INVALID')
  } else if (app !== undefined) {
    if (!isPrivate) throw badRequest('BUTTON_TYPE_INVALID')
    checkWebApp(app)
  } else if (Object.keys(others).length === 0) {
    throw badRequest(`${mistake}: Text buttons are unallowed in the inline keyboard`)
  }
}

/** What a Mini App opens: an https address with a public name. */
export function checkWebApp(app: unknown): void {
  if (!isObject(app) || typeof app.url !== 'string') throw badRequest('can\'t parse WebAppInfo: Can\'t find field "url"')
  const { protocol, hostname } = URL.parse(app.url) ?? { protocol: '', hostname: '' }
  const refuse = (why: string) => badRequest(`inline keyboard button Web App URL '${app.url}' is invalid: ${why}`)
  if (protocol !== 'https:') throw refuse('Only HTTPS links are allowed')
  if (!hostname.includes('.')) throw refuse('Wrong HTTP URL')
}
