import { once } from 'node:events'
import { expect, test } from 'vitest'
import type { BotApi } from '../../../playground/bot-api/server.ts'
import { createBotApi } from '../../../playground/bot-api/server.ts'
import type { Update } from '../../../playground/bot-api/state.ts'
import { ada, ben, call, refusal } from './call.ts'
import { end, listenForUpdates } from './webhook.ts'

const getUpdates = async (api: BotApi, params: Record<string, unknown> = {}) =>
  ((await call(api, 'getUpdates', params)).result as Update[]).map(({ update_id }) => update_id)
const terminated = 'Conflict: terminated by'

test('updates come again until an offset confirms them, at most as many as asked for', async () => {
  await using api = await createBotApi()
  const [a, b, c] = [api.say(ada, 'one'), api.say(ben, 'two'), api.press(ada, 1, 'go')].map(({ update_id }) => update_id)
  expect(await getUpdates(api)).toEqual([a, b, c])
  expect(await getUpdates(api, { limit: 2 })).toEqual([a, b])
  expect(await getUpdates(api, { offset: b })).toEqual([b, c])
  expect(api.messages(41)[0]?.delivered).toBe(true)
  expect(api.messages(42)[0]?.delivered).toBe(false)
  expect(await getUpdates(api, { offset: Number(c) + 1 })).toEqual([])
  await api.idle()
  expect(api.pending()).toBe(0)
})

test('a negative offset keeps as many of the newest and forgets the others', async () => {
  await using api = await createBotApi()
  const [, , c] = ['one', 'two', 'three'].map((text) => api.say(ada, text).update_id)
  expect(await getUpdates(api, { offset: -1 })).toEqual([c])
  expect(await getUpdates(api)).toEqual([c])
})

test('a long poll is answered by what arrives, and by nothing after its time', async () => {
  await using api = await createBotApi()
  const waits = once(api.events, 'poll')
  const answer = getUpdates(api, { timeout: 50 })
  await waits
  const said = api.say(ada, 'hello')
  expect(await answer).toEqual([said.update_id])
  expect(await getUpdates(api, { timeout: 1, offset: said.update_id + 1 })).toEqual([])
  expect(api.polling()).toBe(false)
})

test('a second poll and a webhook end the poll that waits, and there is none beside a webhook', async () => {
  await using api = await createBotApi()
  await using hook = await listenForUpdates((_, response) => end(response))
  const poll = async () => {
    const waits = once(api.events, 'poll')
    const answer = refusal(api, 'getUpdates', { timeout: 50 })
    await waits
    return answer
  }
  const first = poll()
  await api.until(() => api.polling())
  const second = poll()
  expect(await first).toBe(`${terminated} other getUpdates request; make sure that only one bot instance is running`)
  await api.until(() => api.polling())
  await call(api, 'setWebhook', { url: hook.url })
  expect(await second).toBe(`${terminated} setWebhook request`)
  expect(await call(api, 'getUpdates')).toMatchObject({
    error_code: 409,
    description: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
  })
})

test('what waits changes hands with setWebhook and deleteWebhook, unless it is dropped', async () => {
  await using api = await createBotApi({ retryBaseMs: 1 })
  const first = api.say(ada, 'one')
  expect(await getUpdates(api)).toEqual([first.update_id])
  await using hook = await listenForUpdates(({ update }, response) =>
    end(response, update.update_id === first.update_id ? 200 : 500),
  )
  await call(api, 'setWebhook', { url: hook.url })
  await api.idle()
  const refused = once(api.events, 'push')
  const second = api.say(ada, 'two')
  await refused
  await call(api, 'deleteWebhook')
  expect(await getUpdates(api)).toEqual([second.update_id])
  await call(api, 'deleteWebhook', { drop_pending_updates: true })
  expect(await getUpdates(api)).toEqual([])
})

test('only the kinds asked for are queued, and they stay asked for', async () => {
  await using api = await createBotApi()
  await getUpdates(api, { allowed_updates: ['callback_query'] })
  api.say(ada, 'unheard')
  const press = api.press(ada, 1, 'go')
  expect(await getUpdates(api)).toEqual([press.update_id])
  expect((await call(api, 'getWebhookInfo')).result).toMatchObject({ allowed_updates: ['callback_query'] })
})

test('a client that goes away ends its poll and confirms nothing', async () => {
  await using api = await createBotApi()
  const leaving = new AbortController()
  const waits = once(api.events, 'poll')
  const poll = fetch(`${api.url}/bot${api.token}/getUpdates?timeout=50`, { signal: leaving.signal })
  const outcome = expect(poll).rejects.toThrow()
  await waits
  leaving.abort()
  await outcome
  await api.until(() => api.calls.at(-1)?.outcome === 'Client Closed Request')
  expect(api.polling()).toBe(false)
  const said = api.say(ada, 'anyone?')
  expect(await getUpdates(api)).toEqual([said.update_id])
})
