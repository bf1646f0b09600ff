import { once } from 'node:events'
import { expect, test } from 'vitest'
import { createBotApi } from '../../../playground/bot-api/server.ts'
import { call, refusal } from './call.ts'

const draft = { chat_id: 41, draft_id: 5, parse_mode: 'HTML', text: 'So <b>far</b>' }

test('a draft is shown and replaced, and ends with the message that the bot posts', async () => {
  await using api = await createBotApi()
  const seen: unknown[] = []
  api.events.on('draft', (shown) => seen.push(shown)).on('draftEnd', (gone) => seen.push(gone))
  expect((await call(api, 'sendMessageDraft', { ...draft, text: '' })).result).toBe(true)
  expect((await call(api, 'sendMessageDraft', { ...draft, message_thread_id: 7 })).result).toBe(true)
  expect(api.draft(41)).toMatchObject({ draft_id: 5, text: 'So far', raw: 'So <b>far</b>', thread: 7 })
  await call(api, 'sendMessage', { chat_id: 42, text: 'elsewhere' })
  await call(api, 'sendMessage', { chat_id: 41, text: 'So far, so good' })
  expect(seen).toEqual([
    { chat_id: 41, draft_id: 5, text: '', entities: [] },
    { chat_id: 41, draft_id: 5, text: 'So far', entities: [{ type: 'bold', offset: 3, length: 3 }] },
    { chat_id: 41, draft_id: 5, why: 'message' },
  ])
  expect(api.draft(41)).toBeUndefined()
  expect(api.sent(41)).toHaveLength(1)
})

test('a draft that nothing follows expires', async () => {
  await using api = await createBotApi({ draftMs: 1 })
  const ended = once(api.events, 'draftEnd')
  await call(api, 'sendMessageDraft', draft)
  expect((await ended)[0]).toEqual({ chat_id: 41, draft_id: 5, why: 'expired' })
})

test('a draft elsewhere than in a private chat, without an id, broken or too long is refused', async () => {
  await using api = await createBotApi()
  const why = (params: Record<string, unknown>) => refusal(api, 'sendMessageDraft', { ...draft, ...params })
  expect(await why({ chat_id: -100 })).toBe('Bad Request: TEXTDRAFT_PEER_INVALID')
  expect(await why({ draft_id: 0 })).toBe('Bad Request: RANDOM_ID_INVALID')
  expect(await why({ text: '<b>open' })).toMatch(/^Bad Request: can't parse entities/)
  expect(await why({ text: 'x'.repeat(4097) })).toBe('Bad Request: message is too long')
  expect(await why({ text: 'x'.repeat(4096) })).toBeUndefined()
})

test('an older server does not know drafts', async () => {
  await using api = await createBotApi({ drafts: false })
  expect(await call(api, 'sendMessageDraft', draft)).toEqual({ ok: false, error_code: 404, description: 'Not Found' })
})
