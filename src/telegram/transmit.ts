import { TelegramError } from 'telegraf'
import type { Delivery } from '../../db/deliveries.ts'
import type { Api } from './api.ts'
import { toDocument } from './format/document.ts'
import { plainWithAddresses } from './format/parts.ts'

interface Request {
  method: Delivery['method']
  fields: Record<string, unknown>
}

/**
 * Hands one delivery to Telegram and gives the id of the message that it became, if it is to become one. What is refused
 * in its form goes out in a simpler one, as long as there is one. Throws what the API client throws.
 */
export async function transmit(api: Api, delivery: Delivery): Promise<number | null> {
  let request: Request | undefined = requestOf(delivery)
  for (;;) {
    try {
      const result = (await api.callApi(request.method, request.fields as never)) as { message_id?: number } | true // of all four methods
      return (result !== true && result.message_id) || null
    } catch (error) {
      if (!(error instanceof TelegramError && error.code === 400) || error.parameters?.migrate_to_chat_id) throw error
      const { message_id } = request.fields
      if (/message is not modified/i.test(error.description) && Number.isInteger(message_id)) return Number(message_id)
      request = simplerThan(request, error.description)
      if (!request) throw error
    }
  }
}

function requestOf({ chatId, messageThreadId, method, payload }: Delivery): Request {
  const { title, markdown, ...given } = JSON.parse(payload)
  if (method === 'answerCallbackQuery') return { method, fields: given }
  const fields = { chat_id: chatId, ...(messageThreadId !== null && { message_thread_id: messageThreadId }), ...given }
  if (method !== 'sendDocument') return { method, fields }
  const name = `${title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')}.html`
  return { method, fields: { ...fields, document: new File([toDocument(title, markdown)], name, { type: 'text/html' }) } }
}

function simplerThan({ method, fields }: Request, description: string): Request | undefined {
  const { message_thread_id, message_id, parse_mode, ...rest } = fields
  if (/thread not found/i.test(description) && message_thread_id !== undefined) {
    return { method, fields: { ...rest, message_id, parse_mode } } // the topic was deleted
  }
  // An address that Telegram does not take for a Mini App must cost nobody a result.
  if (/button/i.test(description) && rest.reply_markup !== undefined) {
    const { reply_markup, ...bare } = rest
    return { method, fields: { ...bare, message_id, message_thread_id, parse_mode } }
  }
  const isMarkup = /entit|tag|parse/i.test(description)
  if (method === 'editMessageText' && !isMarkup) {
    return { method: 'sendMessage', fields: { ...rest, message_thread_id, parse_mode } } // the message is gone
  }
  if (parse_mode === undefined) return undefined
  return { method, fields: { ...rest, message_id, message_thread_id, text: plainWithAddresses(String(fields.text)) } }
}
