import { expect, test } from 'vitest'
import { createBotApi } from '../../../playground/bot-api/server.ts'
import { ada, call, refusal, withKeys } from './call.ts'

test('getMe tells who the bot is, and a wrong token or path is refused', async () => {
  await using api = await createBotApi({ username: 'remy_test_bot' })
  expect((await call(api, 'getMe')).result).toMatchObject({ is_bot: true, username: 'remy_test_bot' })
  expect((await fetch(`${api.url}/bot1:wrong/getMe`)).status).toBe(401)
  expect((await fetch(`${api.url}/botnonsense/getMe`)).status).toBe(404)
  expect(await call(api, 'getNothing')).toEqual({ ok: false, error_code: 404, description: 'Not Found' })
  expect(api.calls.map(({ outcome }) => outcome)).toEqual(['ok', 'Unauthorized', 'Not Found', 'Not Found'])
})

test('a call may come as JSON, as a form, as multipart or in the query', async () => {
  await using api = await createBotApi()
  const url = `${api.url}/bot${api.token}/sendMessage`
  const reply_markup = JSON.stringify({ inline_keyboard: [[{ text: 'Go', callback_data: 'go' }]] })
  const multipart = new FormData()
  for (const [name, value] of Object.entries({ chat_id: '41', text: 'multipart', reply_markup })) multipart.set(name, value)
  await fetch(`${url}?chat_id=41&text=query`)
  await fetch(url, { method: 'POST', body: new URLSearchParams({ chat_id: '41', text: 'form', reply_markup }) })
  await fetch(url, { method: 'POST', body: multipart })
  expect(api.sent(41).map(({ text }) => text)).toEqual(['query', 'form', 'multipart'])
  expect(api.sent(41)[2]?.reply_markup?.inline_keyboard?.[0]?.[0]?.callback_data).toBe('go')
})

test('what does not exist is refused: chats, parse modes, actions, queries, messages to answer or change', async () => {
  await using api = await createBotApi({ knownChats: 'strict' })
  expect(await refusal(api, 'sendMessage', { chat_id: 41, text: 'x' })).toBe('Bad Request: chat not found')
  api.say(ada, 'hello')
  const send = (params: Record<string, unknown>) => refusal(api, 'sendMessage', { chat_id: 41, text: 'x', ...params })
  expect(await send({ parse_mode: 'BBCode' })).toBe('Bad Request: unsupported parse_mode')
  const reply = { message_id: 999 }
  expect(await send({ reply_parameters: reply })).toBe('Bad Request: message to be replied not found')
  expect(await send({ reply_parameters: { ...reply, allow_sending_without_reply: true } })).toBeUndefined()
  expect(await send({ reply_parameters: { message_id: 1 } })).toBeUndefined()
  expect(await refusal(api, 'sendChatAction', { chat_id: 41, action: 'dancing' })).toBe(
    'Bad Request: wrong parameter action in request',
  )
  expect(await refusal(api, 'answerCallbackQuery', { callback_query_id: '5' })).toBe(
    'Bad Request: query is too old and response timeout expired or query ID is invalid',
  )
  const change = { chat_id: 41, message_id: 999, text: 'x' }
  expect(await refusal(api, 'editMessageText', change)).toBe('Bad Request: message to edit not found')
  expect(await refusal(api, 'editMessageText', { ...change, message_id: 1 })).toBe("Bad Request: message can't be edited")
  expect(await refusal(api, 'deleteMessage', change)).toBe('Bad Request: message to delete not found')
})

test('an edit that changes nothing is refused, and one without a keyboard takes the keyboard away', async () => {
  await using api = await createBotApi()
  const keyboard = withKeys({ text: 'Go', callback_data: 'go' })
  await call(api, 'sendMessage', keyboard)
  expect(await refusal(api, 'editMessageText', { ...keyboard, message_id: 1 })).toMatch(/^Bad Request: message is not modified/)
  expect(await refusal(api, 'editMessageText', { chat_id: 41, message_id: 1, text: 'x' })).toBeUndefined()
  expect(api.sent(41)[0]).toMatchObject({ text: 'x', edited: true })
  expect(api.sent(41)[0]).not.toHaveProperty('reply_markup')
})

test('button data has 1 to 64 bytes', async () => {
  await using api = await createBotApi()
  const data = (callback_data: string) => refusal(api, 'sendMessage', withKeys({ text: 'Go', callback_data }))
  expect(await data('')).toBe('Bad Request: BUTTON_DATA_INVALID')
  expect(await data('é'.repeat(33))).toBe('Bad Request: BUTTON_DATA_INVALID')
  expect(await data('é'.repeat(32))).toBeUndefined()
})

test('a button opens a Mini App at a public https address, from a private chat, and does nothing else', async () => {
  await using api = await createBotApi()
  const open = (url: unknown, more = {}) => refusal(api, 'sendMessage', withKeys({ text: 'Open', web_app: { url }, ...more }))
  expect(await open('https://remy.example/inspector?job=1')).toBeUndefined()
  expect(await open('http://remy.example/')).toMatch(/Web App URL 'http:\/\/remy.example\/' is invalid: Only HTTPS links/)
  expect(await open('https://localhost/')).toMatch(/is invalid: Wrong HTTP URL/)
  expect(await open(undefined)).toMatch(/can't parse WebAppInfo/)
  expect(await open('https://remy.example/', { callback_data: 'x' })).toBe('Bad Request: BUTTON_TYPE_INVALID')
  const group = { ...withKeys({ text: 'Open', web_app: { url: 'https://remy.example/' } }), chat_id: -1001 }
  expect(await refusal(api, 'sendMessage', group)).toBe('Bad Request: BUTTON_TYPE_INVALID')
})

test('the menu button is checked and given back', async () => {
  await using api = await createBotApi()
  const set = (menu_button: object) => refusal(api, 'setChatMenuButton', { menu_button })
  expect((await call(api, 'getChatMenuButton')).result).toEqual({ type: 'commands' })
  expect(await set({ type: 'wish' })).toBe('Bad Request: MenuButton has unsupported type')
  expect(await set({ type: 'web_app', text: '', web_app: { url: 'https://remy.example/' } })).toBe(
    'Bad Request: BUTTON_TEXT_EMPTY',
  )
  expect(await set({ type: 'web_app', text: 'Jobs', web_app: { url: 'http://remy.example/' } })).toMatch(/Only HTTPS/)
  const button = { type: 'web_app', text: 'Jobs', web_app: { url: 'https://remy.example/' } }
  expect(await set(button)).toBeUndefined()
  expect((await call(api, 'getChatMenuButton')).result).toEqual(button)
  expect(await set({ type: 'default' })).toBeUndefined()
  expect((await call(api, 'getChatMenuButton')).result).toEqual({ type: 'commands' })
})

test('commands are checked and given back', async () => {
  await using api = await createBotApi()
  const set = (command: string, description: string) => refusal(api, 'setMyCommands', { commands: [{ command, description }] })
  expect(await set('Board', 'x')).toBe('Bad Request: BOT_COMMAND_INVALID')
  expect(await set('board', '')).toBe('Bad Request: BOT_COMMAND_DESCRIPTION_INVALID')
  expect(await set('board', 'Ask the board')).toBeUndefined()
  expect((await call(api, 'getMyCommands')).result).toEqual([{ command: 'board', description: 'Ask the board' }])
})

test('the webhook must be https or on this machine, and its secret is never told', async () => {
  await using api = await createBotApi()
  expect(await refusal(api, 'setWebhook', { url: 'http://example.com/x' })).toBe(
    'Bad Request: bad webhook: An HTTPS URL must be provided for webhook',
  )
  expect(await refusal(api, 'setWebhook', { url: 'https://example.com/x', secret_token: 'a b' })).toBe(
    'Bad Request: secret token contains unallowed characters',
  )
  await call(api, 'setWebhook', { url: 'https://example.com/x', secret_token: 'hush', allowed_updates: ['message'] })
  const info = (await call(api, 'getWebhookInfo')).result
  expect(info).toMatchObject({ url: 'https://example.com/x', pending_update_count: 0, allowed_updates: ['message'] })
  expect(JSON.stringify(info)).not.toContain('hush')
})

test('who blocked the bot gets nothing until they write again', async () => {
  await using api = await createBotApi()
  api.blockBot(ada)
  expect(await call(api, 'sendMessage', { chat_id: 41, text: 'x' })).toEqual({
    ok: false,
    error_code: 403,
    description: 'Forbidden: bot was blocked by the user',
  })
  api.say(ada, 'hello again')
  expect(await refusal(api, 'sendMessage', { chat_id: 41, text: 'x' })).toBeUndefined()
})
