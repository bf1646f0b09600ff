import { expect, test } from 'vitest'
import { createBotApi } from '../../../playground/bot-api/server.ts'
import { call } from './call.ts'

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

test('a fault can be taken back, and only that one', async () => {
  await using api = await createBotApi()
  const takeBack = api.fail({ method: 'sendMessage', times: Infinity, fault: { kind: 'rate-limit', retryAfter: 3 } })
  api.fail({ method: 'getMe', fault: { kind: 'server-error' } })
  expect((await call(api, 'sendMessage', { chat_id: 41, text: 'x' })).ok).toBe(false)
  takeBack()
  expect((await call(api, 'sendMessage', { chat_id: 41, text: 'x' })).ok).toBe(true)
  expect((await call(api, 'getMe')).ok).toBe(false)
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
