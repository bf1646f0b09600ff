import { expect, test } from 'vitest'
import type { BotApi } from '../../../playground/bot-api/server.ts'
import { createBotApi } from '../../../playground/bot-api/server.ts'
import { ada, refusal } from './call.ts'

type Sent = { document: { file_id: string }; [field: string]: unknown }

const upload = async (api: BotApi, file: Blob | undefined, fields: Record<string, string> = {}, name = 'notes.md') => {
  const form = new FormData()
  form.set('chat_id', '41')
  for (const [field, value] of Object.entries(fields)) form.set(field, value)
  if (file) form.set('document', file, name)
  const response = await fetch(`${api.url}/bot${api.token}/sendDocument`, { method: 'POST', body: form })
  return (await response.json()) as { ok: boolean; error_code?: number; description?: string; result: Sent }
}

test('a document arrives with its bytes, name, caption and what it answers, and can be sent again by its id', async () => {
  await using api = await createBotApi()
  api.say(ada, 'Write it down')
  const fields = {
    caption: 'Here <b>it</b> is',
    parse_mode: 'HTML',
    reply_parameters: JSON.stringify({ message_id: 1 }),
    reply_markup: JSON.stringify({ inline_keyboard: [[{ text: 'Go', callback_data: 'go' }]] }),
    disable_notification: 'true',
    message_thread_id: '7',
  }
  const { result } = await upload(api, new Blob(['# Notés']), fields)
  const entities = [{ type: 'bold', offset: 5, length: 2 }]
  expect(result).toMatchObject({
    document: { file_name: 'notes.md', mime_type: 'text/markdown', file_size: 8 },
    caption: 'Here it is',
    caption_entities: entities,
    reply_to_message: { text: 'Write it down' },
    message_thread_id: 7,
  })
  expect(result.document).not.toHaveProperty('content')
  expect(result).not.toHaveProperty('text')
  const [message] = api.sent(41)
  expect(message).toMatchObject({ text: 'Here it is', entities, reply_to: 1, disable_notification: true, message_thread_id: 7 })
  expect(message?.document?.content.toString()).toBe('# Notés')
  expect(message?.reply_markup?.inline_keyboard).toHaveLength(1)
  expect(await refusal(api, 'sendDocument', { chat_id: 41, document: result.document.file_id })).toBeUndefined()
  expect(api.sent(41)[1]).toMatchObject({ text: '', document: { file_name: 'notes.md', file_size: 8 } })
  expect(JSON.stringify(api.calls[0]?.payload.document)).toBe('{"file":"notes.md","size":8}')
})

test('a document that is missing, empty, unknown, too large or too wordy is refused', async () => {
  await using api = await createBotApi()
  const file = new Blob(['x'])
  const why = async (...args: [Blob | undefined, Record<string, string>?]) => (await upload(api, ...args)).description
  expect(await why(undefined)).toBe('Bad Request: there is no document in the request')
  expect(await why(new Blob([]))).toBe('Bad Request: file must be non-empty')
  expect(await why(undefined, { document: 'nonsense' })).toBe('Bad Request: wrong file identifier/HTTP URL specified')
  expect(await why(file, { caption: 'x'.repeat(1025) })).toBe('Bad Request: message caption is too long')
  expect(await why(file, { caption: `<b>${'&lt;'.repeat(1024)}</b>`, parse_mode: 'HTML' })).toBeUndefined()
  expect(await why(file, { reply_parameters: '{"message_id":999}' })).toBe('Bad Request: message to be replied not found')
  const large = new Blob([new Uint8Array(50 * 1024 * 1024 + 1)])
  expect(await upload(api, large)).toEqual({ ok: false, error_code: 413, description: 'Request Entity Too Large' })
  expect(api.sent(41)).toHaveLength(1)
})

test('the text of a document cannot be edited', async () => {
  await using api = await createBotApi()
  await upload(api, new Blob(['x']), { caption: 'y' })
  expect(await refusal(api, 'editMessageText', { chat_id: 41, message_id: 1, text: 'z' })).toBe(
    'Bad Request: there is no text in the message to edit',
  )
})
