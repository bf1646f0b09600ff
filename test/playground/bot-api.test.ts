import { once } from 'node:events'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import type { BotApi } from '../../playground/bot-api/server.ts'
import { createBotApi } from '../../playground/bot-api/server.ts'
import type { Update } from '../../playground/bot-api/state.ts'

const ada = { id: 41, first_name: 'Ada' }
const ben = { id: 42, first_name: 'Ben' }

type Answered = { ok: boolean; error_code?: number; description?: string; result?: unknown; parameters?: unknown }

async function call(api: BotApi, method: string, params: Record<string, unknown> = {}): Promise<Answered> {
  const response = await fetch(`${api.url}/bot${api.token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  })
  const body = (await response.json()) as Answered
  expect(response.status).toBe(body.ok ? 200 : body.error_code)
  return body
}

async function refusal(api: BotApi, method: string, params: Record<string, unknown>): Promise<string | undefined> {
  return (await call(api, method, params)).description
}

const html = (text: string) => ({ chat_id: 41, parse_mode: 'HTML', text })
const withKeys = (...keys: Record<string, unknown>[]) => ({
  chat_id: 41,
  text: 'x',
  reply_markup: { inline_keyboard: [keys] },
})

type Received = { update: Update; headers: IncomingHttpHeaders; attempt: number }

/** A webhook whose answers the test decides; keeps what it received. */
async function listenForUpdates(answer: (received: Received, response: ServerResponse) => void) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const update = JSON.parse(text) as Update
    const attempt = received.filter((earlier) => earlier.update.update_id === update.update_id).length + 1
    const entry = { update, headers: request.headers, attempt }
    received.push(entry)
    answer(entry, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.close()
    server.closeAllConnections()
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  return { url, received, ids: () => received.map(({ update }) => update.update_id), [Symbol.asyncDispose]: close }
}

function end(response: ServerResponse, status = 200, headers: Record<string, string> = {}, body = ''): void {
  response.writeHead(status, headers).end(body)
}

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
  for (const [name, value] of Object.entries({ chat_id: '41', text: 'multipart', reply_markup }))
    multipart.set(name, value)
  await fetch(`${url}?chat_id=41&text=query`)
  await fetch(url, { method: 'POST', body: new URLSearchParams({ chat_id: '41', text: 'form', reply_markup }) })
  await fetch(url, { method: 'POST', body: multipart })
  expect(api.sent(41).map(({ text }) => text)).toEqual(['query', 'form', 'multipart'])
  expect(api.sent(41)[2]?.reply_markup?.inline_keyboard?.[0]?.[0]?.callback_data).toBe('go')
})

test('text is empty, blank, too long or just fits, counted in UTF-16 units after entities', async () => {
  await using api = await createBotApi()
  expect(await refusal(api, 'sendMessage', { chat_id: 41, text: '' })).toBe('Bad Request: message text is empty')
  expect(await refusal(api, 'sendMessage', html('<b> </b>'))).toBe('Bad Request: text must be non-empty')
  expect(await refusal(api, 'sendMessage', html(`<b>${'&lt;'.repeat(4096)}</b>`))).toBeUndefined()
  expect(await refusal(api, 'sendMessage', html('😀'.repeat(2049)))).toBe('Bad Request: message is too long')
  expect(api.sent(41)).toHaveLength(1)
})

test.each([
  ['<b>open', 'Can\'t find end tag corresponding to start tag "b"'],
  ['<b><i>x</b></i>', 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
  ['x</b>', 'Unexpected end tag at byte offset 1'],
  ['<p>x</p>', 'Unsupported start tag "p" at byte offset 0'],
  ['é <h1>x</h1>', 'Unsupported start tag "h1" at byte offset 3'],
  ['1 < 2', 'Unsupported start tag "" at byte offset 2'],
  ['x <b', 'Unclosed start tag at byte offset 2'],
  ['<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
])('broken HTML is refused: %s', async (text, reason) => {
  await using api = await createBotApi()
  expect(await refusal(api, 'sendMessage', html(text))).toBe(`Bad Request: can't parse entities: ${reason}`)
})

test('HTML becomes text and entities as Telegram gives them', async () => {
  await using api = await createBotApi()
  const text =
    ' <b>A <i>b</i></b> &amp; &#65;&#x42; &nope; R&D 😀<a href="https://a.example/?x=1&amp;y">l</a>' +
    '<blockquote expandable>q</blockquote><pre><code class="language-ts">1</code></pre><tg-spoiler>s</tg-spoiler>'
  await call(api, 'sendMessage', html(text))
  const [message] = api.sent(41)
  expect(message?.text).toBe('A b & AB &nope; R&D 😀lq1s')
  expect(message?.raw).toBe(text)
  expect(message?.entities).toEqual([
    { type: 'bold', offset: 0, length: 3 },
    { type: 'italic', offset: 2, length: 1 },
    { type: 'text_link', offset: 22, length: 1, url: 'https://a.example/?x=1&y' },
    { type: 'expandable_blockquote', offset: 23, length: 1 },
    { type: 'pre', offset: 24, length: 1, language: 'ts' },
    { type: 'spoiler', offset: 25, length: 1 },
  ])
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
  expect(await refusal(api, 'editMessageText', { ...change, message_id: 1 })).toBe(
    "Bad Request: message can't be edited",
  )
  expect(await refusal(api, 'deleteMessage', change)).toBe('Bad Request: message to delete not found')
})

test('an edit that changes nothing is refused, and one without a keyboard takes the keyboard away', async () => {
  await using api = await createBotApi()
  const keyboard = withKeys({ text: 'Go', callback_data: 'go' })
  await call(api, 'sendMessage', keyboard)
  expect(await refusal(api, 'editMessageText', { ...keyboard, message_id: 1 })).toMatch(
    /^Bad Request: message is not modified/,
  )
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

test('commands are checked and given back', async () => {
  await using api = await createBotApi()
  const set = (command: string, description: string) =>
    refusal(api, 'setMyCommands', { commands: [{ command, description }] })
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

test('an update comes again with the same id until a 2xx, and the next one of its chat waits', async () => {
  await using api = await createBotApi({ retryBaseMs: 1 })
  const first = api.say(ada, '/board@remy_local_bot one')
  const second = api.say(ada, 'two')
  expect(api.pending()).toBe(2)
  await using hook = await listenForUpdates(({ attempt }, response) => end(response, attempt < 3 ? 500 : 204))
  await call(api, 'setWebhook', { url: hook.url, secret_token: 'hush' })
  await api.idle()
  const [a, b] = [first.update_id, second.update_id]
  expect(hook.ids()).toEqual([a, a, a, b, b, b])
  expect(hook.received.every(({ headers }) => headers['x-telegram-bot-api-secret-token'] === 'hush')).toBe(true)
  expect(hook.received[0]?.update.message).toMatchObject({
    chat: { id: 41, type: 'private' },
    from: { id: 41, is_bot: false, language_code: 'en' },
    entities: [{ type: 'bot_command', offset: 0, length: 21 }],
  })
  expect(api.messages(41).every(({ delivered }) => delivered)).toBe(true)
})

test('another chat and a button press do not wait behind a chat that is stuck', async () => {
  await using api = await createBotApi({ retryBaseMs: 1 })
  let open = false
  const isStuck = ({ update }: Received) =>
    'message' in update && (update.message as { chat: { id: number } }).chat.id === 41
  await using hook = await listenForUpdates((received, response) =>
    end(response, isStuck(received) && !open ? 503 : 200),
  )
  api.target({ url: hook.url, secret: 'hush' })
  const delivered: number[] = []
  api.events.on('delivered', ({ update }) => delivered.push(update.update_id))
  const stuck = api.say(ada, 'stuck')
  const press = api.press(ada, 1, 'go')
  const other = api.say(ben, 'free')
  await api.until(() => delivered.length === 2)
  expect(delivered.sort()).toEqual([press.update_id, other.update_id])
  open = true
  await api.idle()
  expect(delivered).toContain(stuck.update_id)
})

test('a retry waits as long as Retry-After says', async () => {
  await using api = await createBotApi({ retryBaseMs: 1 })
  await using hook = await listenForUpdates(({ attempt }, response) =>
    attempt === 1 ? end(response, 429, { 'retry-after': '1' }) : end(response),
  )
  api.target({ url: hook.url })
  const begin = performance.now()
  api.say(ada, 'hello')
  await api.idle()
  expect(performance.now() - begin).toBeGreaterThan(950)
})

test('updates survive a webhook that is gone and go to the one that is set next', async () => {
  await using api = await createBotApi({ retryBaseMs: 60_000 })
  api.target({ url: 'http://127.0.0.1:1/' })
  const refused = once(api.events, 'push')
  api.say(ada, 'anyone?')
  expect((await refused)[0]).toMatchObject({ attempt: 1, error: 'Connection refused' })
  await using hook = await listenForUpdates((_, response) => end(response))
  await call(api, 'setWebhook', { url: hook.url })
  await api.idle()
  expect(hook.received).toHaveLength(1)
})

test('a method named in the answer to an update is run as a call', async () => {
  await using api = await createBotApi()
  const body = JSON.stringify({ method: 'sendMessage', chat_id: 41, text: 'from the answer' })
  await using hook = await listenForUpdates((_, response) =>
    end(response, 200, { 'content-type': 'application/json' }, body),
  )
  api.target({ url: hook.url })
  api.say(ada, 'hello')
  await api.idle()
  expect(api.sent(41)[0]?.text).toBe('from the answer')
  expect(api.calls[0]).toMatchObject({ method: 'sendMessage', outcome: 'ok', via: 'webhook answer' })
})

test('kinds that the webhook did not ask for are not pushed', async () => {
  await using api = await createBotApi()
  await using hook = await listenForUpdates((_, response) => end(response))
  await call(api, 'setWebhook', { url: hook.url, allowed_updates: ['callback_query'] })
  api.say(ada, 'unheard')
  const press = api.press(ada, 1, 'go')
  await api.idle()
  expect(hook.ids()).toEqual([press.update_id])
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

test('a fault hits the method and chat it names, as often as it says', async () => {
  await using api = await createBotApi()
  api.fail({ method: 'sendMessage', chatId: 41, times: 2, fault: { kind: 'rate-limit', retryAfter: 7 } })
  const send = (chat_id: number) => call(api, 'sendMessage', { chat_id, text: 'x' })
  expect((await send(42)).ok).toBe(true)
  expect(await send(41)).toEqual({
    ok: false,
    error_code: 429,
    description: 'Too Many Requests: retry after 7',
    parameters: { retry_after: 7 },
  })
  expect((await send(41)).ok).toBe(false)
  expect((await send(41)).ok).toBe(true)
  expect(api.calls.map(({ outcome }) => outcome)).toEqual(['ok', 'rate-limit', 'rate-limit', 'ok'])
})

test('a lost or truncated answer leaves the message in the chat, a reset does not', async () => {
  await using api = await createBotApi()
  for (const kind of ['lost', 'truncated', 'reset'] as const) {
    api.fail({ fault: { kind } })
    await expect(call(api, 'sendMessage', { chat_id: 41, text: kind })).rejects.toThrow()
  }
  expect(api.sent(41).map(({ text }) => text)).toEqual(['lost', 'truncated'])
})

test('an HTML page, a server error and a silence can stand in for an answer', async () => {
  await using api = await createBotApi()
  const url = `${api.url}/bot${api.token}/getMe`
  api.fail({ fault: { kind: 'html' } })
  api.fail({ fault: { kind: 'server-error', status: 502 } })
  api.fail({ fault: { kind: 'hang' } })
  expect((await fetch(url)).headers.get('content-type')).toBe('text/html')
  expect((await fetch(url)).status).toBe(502)
  const silence = fetch(url)
  const outcome = expect(silence).rejects.toThrow()
  await api.until(() => api.calls.at(-1)?.outcome === 'hang')
  await api.close()
  await outcome
})

test('until says what it saw when it gives up', async () => {
  await using api = await createBotApi()
  await call(api, 'sendMessage', { chat_id: 41, text: 'so far' })
  await expect(api.until(() => api.sent(41).length > 1, 1)).rejects.toThrow(/so far/)
})

test('a raw request reaches the webhook once, with whatever secret it brings', async () => {
  await using api = await createBotApi()
  await using hook = await listenForUpdates(({ headers }, response) =>
    end(response, headers['x-telegram-bot-api-secret-token'] === 'hush' ? 200 : 401),
  )
  api.target({ url: hook.url, secret: 'hush' })
  expect((await api.post({ update_id: 1 })).status).toBe(200)
  expect((await api.post({ update_id: 2 }, { secret: null })).status).toBe(401)
  expect((await api.post(null, { secret: 'wrong', raw: '{"update_id":3}' })).status).toBe(401)
  expect(hook.ids()).toEqual([1, 2, 3])
})
