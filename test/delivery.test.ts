import { expect, test } from 'vitest'
import { ada, ben, build } from './build.ts'

test.each([
  ['rate-limit', { kind: 'rate-limit', retryAfter: 1 }],
  ['server-error', { kind: 'server-error' }],
  ['reset', { kind: 'reset' }],
  ['html', { kind: 'html' }],
] as const)('a message that meets %s is sent again and arrives once', async (_name, fault) => {
  await using house = await build()
  house.telegram.fail({ method: 'sendMessage', times: 2, fault })
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  await house.delivered()
  expect(house.texts(ada)).toHaveLength(1)
  expect(house.rows('SELECT state, attempts, error FROM deliveries')).toEqual([{ state: 'sent', attempts: 3, error: null }])
})

test('a retry waits at least as long as Telegram says', async () => {
  await using house = await build()
  house.telegram.fail({ method: 'sendMessage', fault: { kind: 'rate-limit', retryAfter: 2 } })
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  const [refused, taken] = house.telegram.calls.filter(({ method }) => method === 'sendMessage')
  expect((taken?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(2_000)
})

test('an answer that was lost on its way back repeats that one message at most', async () => {
  await using house = await build()
  house.telegram.fail({ method: 'sendMessage', fault: { kind: 'lost' } })
  house.telegram.say(ada, '/jobs')
  await house.until(() => house.rows("SELECT 1 FROM deliveries WHERE state = 'sent'").length === 1)
  expect(house.texts(ada)).toHaveLength(2)
})

test('a chat that waits does not hold up another', async () => {
  await using house = await build()
  house.telegram.fail({
    method: 'sendMessage',
    chatId: ada.id,
    times: Number.POSITIVE_INFINITY,
    fault: { kind: 'server-error' },
  })
  house.telegram.say(ada, '/jobs')
  await house.until(() => house.telegram.calls.some(({ method, outcome }) => method === 'sendMessage' && outcome !== 'ok'))
  house.telegram.say(ben, '/jobs')
  await house.heard(ben, 'No background jobs yet.')
  expect(house.texts(ada)).toEqual([])
})

test('a failed delivery never touches the job, and operators see why', async () => {
  await using house = await build()
  house.telegram.fail({
    method: 'sendMessage',
    times: Number.POSITIVE_INFINITY,
    fault: { kind: 'refuse', error_code: 403, description: 'Forbidden: bot was blocked by the user' },
  })
  house.telegram.say(ada, '/board A question')
  await house.until(() => house.rows("SELECT 1 FROM deliveries WHERE purpose = 'outcome' AND state = 'failed'").length > 0)
  const { body } = await house.get('/jobs/1')
  expect(body).toMatchObject({ status: 'done', result_text: expect.stringContaining('**Strategy**') })
  expect(body.deliveries.find(({ purpose }: { purpose: string }) => purpose === 'outcome')).toMatchObject({
    purpose: 'outcome',
    part: 1,
    state: 'failed',
    message_id: null,
    error: '403: Forbidden: bot was blocked by the user',
  })
})

test('the parts of a long result keep their order', async () => {
  await using house = await build()
  const long = Array.from({ length: 75 }, (_, n) => `Line ${n} of the view.`).join('\n')
  house.claude.when(() => true, { text: long })
  house.telegram.say(ada, '/board A question')
  await house.until(() => house.job(1)?.status === 'done')
  await house.delivered()
  const parts = house.texts(ada).slice(1)
  expect(parts.length).toBeGreaterThan(2)
  const lines = parts.join('\n').match(/Line \d+/g)
  expect(lines).toEqual(house.job(1)?.result_text?.match(/Line \d+/g))
  const { body } = await house.get('/jobs/1')
  expect(body.deliveries.slice(1).map(({ part }: { part: number }) => part)).toEqual(parts.map((_, index) => index + 1))
})

test('no token stands in the log, whatever Telegram answers', async () => {
  await using house = await build()
  for (const kind of ['html', 'reset', 'truncated', 'server-error'] as const) house.telegram.fail({ fault: { kind } })
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  const secret = house.telegram.token.split(':')[1] ?? ''
  expect(house.log.length).toBeGreaterThan(2)
  expect(house.log.join('\n')).not.toContain(secret)
})
