import { expect, test } from 'vitest'
import { createPace } from '../src/telegram/pace.ts'
import { ada, ben, build, type House } from './build.ts'

const sends = (house: House, chatId: number) =>
  house.telegram.calls.filter(({ method, payload }) => method === 'sendMessage' && payload.chat_id === chatId)
const refuse = (error_code: number, description: string) => ({ kind: 'refuse', error_code, description }) as const
const always = Number.POSITIVE_INFINITY

test('a chat gets four messages at once and then one a second, and another chat does not wait for it', async () => {
  await using house = await build()
  for (let n = 0; n < 7; n++) house.telegram.say(ada, '/jobs')
  await house.until(() => sends(house, ada.id).length === 4)
  house.telegram.say(ben, '/jobs')
  await house.heard(ben, 'No background jobs')
  expect(sends(house, ada.id).length).toBeLessThan(7)
  await house.until(() => sends(house, ada.id).length === 7)
  const at = sends(house, ada.id).map((call) => call.at)
  for (let n = 4; n < 7; n++) expect((at[n] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual((n - 3) * 1_000 - 5)
})

test('the pace goes on over a crash', async () => {
  await using house = await build()
  for (let n = 0; n < 4; n++) house.telegram.say(ada, '/jobs')
  await house.until(() => sends(house, ada.id).length === 4)
  await house.delivered()
  await house.kill()
  await house.boot()
  for (let n = 0; n < 4; n++) house.telegram.say(ada, '/jobs')
  await house.until(() => sends(house, ada.id).length === 8)
  const at = sends(house, ada.id).map((call) => call.at)
  expect((at[7] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(3_900)
})

test('what was sent long before a start holds nobody up after it', async () => {
  const pace = createPace(() => 500) // half a second after the start
  for (let n = 60; n > 0; n--) pace.noteEarlier(ada.id, n * 60_000)
  for (let n = 0; n < 4; n++) expect(pace.tryTake(ada.id)).toBeDefined()
  expect(pace.tryTake(ada.id)).toBe(undefined)
})

test('no more than 30 messages go out in a second', async () => {
  const people = Array.from({ length: 45 }, (_, n) => ({ id: 1_001 + n, first_name: 'Someone' }))
  await using house = await build({ env: { TELEGRAM_ALLOWED_USER_IDS: '*' } })
  for (const person of people) house.telegram.say(person, '/jobs')
  await house.until(() => people.every(({ id }) => sends(house, id).length === 1))
  const at = people.flatMap(({ id }) => sends(house, id).map((call) => call.at)).sort((a, b) => a - b)
  expect((at[44] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(950)
})

test('an answer passes between two parts of a long result, whose own order stays', async () => {
  await using house = await build()
  const long = Array.from({ length: 75 }, (_, n) => `Line ${n} of the view.`).join('\n')
  house.claude.when(() => true, { text: long })
  house.telegram.fail({ method: 'sendMessage', times: always, fault: { kind: 'server-error' } })
  house.telegram.say(ada, '/board A question')
  await house.until(() => house.job(1)?.status === 'done')
  house.telegram.say(ada, '/job 99')
  await house.until(() => house.rows("SELECT 1 FROM deliveries WHERE purpose = 'reply'").length === 1)
  house.telegram.clearFaults()
  await house.until(() => house.rows("SELECT 1 FROM deliveries WHERE state = 'pending'").length === 0)
  const texts = house.texts(ada)
  const answer = texts.findIndex((text) => text.includes('You have no job #99'))
  expect(texts[0]).toContain('✅ #1 board')
  expect([answer > 0, answer < texts.length - 1]).toEqual([true, true])
  expect(texts.join('\n').match(/Line \d+/g)).toEqual(house.job(1)?.result_text?.match(/Line \d+/g))
})

test('a wrong token holds the whole outbox, one try at a time, and nothing is given up', async () => {
  await using house = await build()
  house.telegram.fail({ method: 'sendMessage', times: always, fault: refuse(401, 'Unauthorized') })
  for (const person of [ada, ben]) house.telegram.say(person, '/jobs')
  await house.until(() => house.rows("SELECT 1 FROM deliveries WHERE state = 'pending'").length === 2)
  await house.until(() => house.telegram.calls.filter(({ outcome }) => outcome === 'Unauthorized').length >= 3)
  // Waits of 1 and 2 seconds between three tries for both chats together, where two chats by themselves would make six.
  const tries = house.telegram.calls.filter(({ method }) => method === 'sendMessage')
  const apart = tries.slice(-2).map(({ at }) => at)
  expect((apart[1] ?? 0) - (apart[0] ?? 0)).toBeGreaterThanOrEqual(990)
  expect(house.log.some((line) => line.includes('refuses the bot itself'))).toBe(true)
  house.telegram.clearFaults()
  await house.heard(ada, 'No background jobs')
  await house.heard(ben, 'No background jobs')
})

test('a group that became a supergroup gets what waits for it under its new id', async () => {
  await using house = await build()
  const chat = { id: -500, type: 'group', title: 'Old' }
  house.telegram.fail({
    method: 'sendMessage',
    chatId: -500,
    times: always,
    fault: {
      ...refuse(400, 'Bad Request: group chat was upgraded to a supergroup chat'),
      parameters: { migrate_to_chat_id: -100500 },
    },
  })
  house.telegram.push({
    update_id: house.telegram.nextUpdateId(),
    message: { message_id: 1, date: 1, from: { ...ada, is_bot: false }, chat, text: 'Hello?' },
  })
  await house.until(() => house.texts({ id: -100500 })[0])
  expect(house.texts({ id: -100500 })).toEqual(['I only work in private chats. Please write to me directly.'])
  await house.delivered()
  expect(house.rows('SELECT chat_id, state FROM deliveries')).toEqual([{ chat_id: -100500, state: 'sent' }])
})

test('how a delivery stands is told in the chat and to operators', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board One question')
  await house.heard(ada, '✅ #1 board')
  await house.delivered()
  expect((await house.get('/jobs/1')).body.delivery).toMatch(/^delivered \d\d:\d\d$/)
  house.telegram.say(ada, '/job 1')
  await house.heard(ada, /^Delivered \d\d:\d\d$/m)

  await house.delivered()
  house.telegram.fail({ method: 'sendMessage', chatId: ada.id, times: always, fault: { kind: 'server-error' } })
  house.telegram.say(ada, '/board Two')
  await house.until(() => house.rows('SELECT 1 FROM deliveries WHERE job_id = 2 AND attempts = 2').length > 0)
  expect((await house.get('/jobs/2')).body.delivery).toMatch(/^waiting for Telegram, 3rd attempt at \d\d:\d\d$/)
  house.telegram.clearFaults()
  house.telegram.fail({ chatId: ada.id, times: always, fault: refuse(403, 'Forbidden: bot was blocked by the user') })
  await house.until(() => house.rows("SELECT 1 FROM deliveries WHERE job_id = 2 AND state = 'failed'").length > 0)
  expect((await house.get('/jobs/2')).body.delivery).toBe('cannot be delivered: the bot was blocked')
})

test('what Telegram asked to wait for outlives the message that was refused, and a restart', async () => {
  await using house = await build()
  const hold = { method: 'sendMessage', chatId: ada.id, times: 1, fault: { kind: 'rate-limit', retryAfter: 4 } } as const
  house.telegram.fail(hold)
  const gate = Promise.withResolvers<void>()
  house.claude.when(
    () => true,
    async () => {
      await gate.promise
      return { text: 'The view.' }
    },
  )
  house.telegram.say(ada, '/board A question')
  await house.until(() => house.rows('SELECT 1 FROM deliveries WHERE attempts = 1').length === 1)
  const refusedAt = sends(house, ada.id)[0]?.at ?? 0
  gate.resolve()
  await house.until(() => house.job(1)?.status === 'done')
  await house.kill()
  await house.boot()
  await house.heard(ada, '✅ #1 board')
  expect((sends(house, ada.id)[1]?.at ?? 0) - refusedAt).toBeGreaterThanOrEqual(4_000)
})

test('a button that Telegram makes wait holds nobody else up, after a refused token neither', async () => {
  await using house = await build()
  house.telegram.fail({ method: 'answerCallbackQuery', times: 1, fault: refuse(401, 'Unauthorized') })
  house.telegram.fail({ method: 'answerCallbackQuery', times: 1, fault: { kind: 'rate-limit', retryAfter: 30 } })
  house.telegram.push({
    update_id: house.telegram.nextUpdateId(),
    callback_query: {
      id: '77',
      from: { ...ada, is_bot: false },
      chat_instance: '1',
      data: 'again:1',
      message: { message_id: 1, date: 1, chat: { id: ada.id, type: 'private' } },
    },
  })
  await house.until(() => house.rows('SELECT 1 FROM deliveries WHERE attempts = 2').length === 1)
  house.telegram.say(ben, '/jobs')
  await house.heard(ben, 'No background jobs')
  expect(house.rows("SELECT 1 FROM deliveries WHERE state = 'pending' AND purpose = 'callback'")).toHaveLength(1)
})
