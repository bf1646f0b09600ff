import { once } from 'node:events'
import { expect, test } from 'vitest'
import { createBotApi } from '../../../playground/bot-api/server.ts'
import { ada, ben, call } from './call.ts'
import { end, listenForUpdates, type Received } from './webhook.ts'

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
  const isStuck = ({ update }: Received) => 'message' in update && (update.message as { chat: { id: number } }).chat.id === 41
  await using hook = await listenForUpdates((received, response) => end(response, isStuck(received) && !open ? 503 : 200))
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
  await using hook = await listenForUpdates((_, response) => end(response, 200, { 'content-type': 'application/json' }, body))
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
