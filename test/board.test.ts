import { expect, test } from 'vitest'
import { textOf } from '../playground/messages-api/server.ts'
import { ada, ben, build, type House } from './build.ts'

const director = (name: string) => (request: { system?: unknown }) =>
  JSON.stringify(request.system ?? '').includes(`Role: ${name}`)
const finished = (house: House, id: number) =>
  house.until(() => {
    const job = house.job(id)
    return job?.completed_at ? job : undefined
  })

test('a board is acknowledged, run, stored and delivered with its verdict first', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board Should I move to Lisbon?')
  await house.heard(ada, "Started #1 · board. I'll message you when it's done.")
  const result = await house.heard(ada, '✅ #1 board')
  await house.heard(ada, 'Strategy\n')
  const job = house.job(1)
  expect(job).toMatchObject({
    id: 1,
    user_id: ada.id,
    job_type: 'board',
    status: 'done',
    input_text: 'Should I move to Lisbon?',
  })
  expect(result.text).toMatch(/^✅ #1 board\n\nWhat to do:[\s\S]+The open question:/)
  expect(job?.result_text).toMatch(
    /^\*\*What to do:[\s\S]+\*\*Strategy\*\*[\s\S]+\*\*Content\*\*[\s\S]+\*\*Finance\*\*[\s\S]+\*\*Research\*\*/,
  )
})

test('the directors are asked side by side, and the Critic reads all four', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  for (const name of ['Strategy', 'Content', 'Finance', 'Research']) {
    house.claude.when(director(name), { text: `The view of ${name}.`, hold: gate.promise })
  }
  house.telegram.say(ada, '/board One question')
  await house.until(() => house.claude.inFlight === 4)
  gate.open()
  await finished(house, 1)
  const critic = house.claude.requests.find(({ body }) => director('Critic')(body))
  for (const name of ['Strategy', 'Content', 'Finance', 'Research']) expect(critic?.raw).toContain(`The view of ${name}.`)
  expect(house.claude.requests).toHaveLength(5)
})

test('each director is on disk as a step when it is in, before the board has ended', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.when(director('Critic'), { text: 'The verdict.', hold: gate.promise })
  house.telegram.say(ada, '/board One question')
  await house.until(() => house.claude.requests.some(({ body }) => director('Critic')(body)))
  const { body } = await house.get('/jobs/1')
  expect(body.status).toBe('running')
  expect(body.steps.map((step: { name: string }) => step.name).sort()).toEqual(['Content', 'Finance', 'Research', 'Strategy'])
  gate.open()
  await finished(house, 1)
})

test('the directors know what was said in the recent conversation', async () => {
  await using house = await build()
  house.telegram.say(ada, 'I have two children and a house in Porto.')
  await house.until(() => house.texts(ada)[0])
  house.telegram.say(ada, '/board Should I move to Lisbon?')
  await finished(house, 1)
  const strategy = house.claude.requests.find(({ body }) => director('Strategy')(body))
  expect(strategy?.raw).toContain('two children and a house in Porto')
})

test('a director who fails is named in the result', async () => {
  await using house = await build()
  house.claude.when(director('Finance'), { fault: { kind: 'refusal' } })
  house.telegram.say(ada, '/board One question')
  const job = await finished(house, 1)
  expect(job.status).toBe('done')
  expect(job.result_text).toContain('The view of Finance is missing: Claude declined to answer this.')
  expect(job.result_text).not.toContain('**Finance**')
})

test('three directors who fail fail the board, and the reason is told', async () => {
  await using house = await build()
  for (const name of ['Strategy', 'Content', 'Finance']) house.claude.when(director(name), { fault: { kind: 'empty' } })
  house.telegram.say(ada, '/board One question')
  await house.heard(ada, '❌ #1 board failed: 3 of the 4 directors gave no view (Claude gave an empty answer)')
  expect(house.job(1)).toMatchObject({
    status: 'failed',
    result_text: '3 of the 4 directors gave no view (Claude gave an empty answer)',
  })
})

test('the Critic failing fails the board', async () => {
  await using house = await build()
  house.claude.when(director('Critic'), { fault: { kind: 'refusal' } })
  house.telegram.say(ada, '/board One question')
  await house.heard(ada, '❌ #1 board failed: Claude declined to answer this')
})

test('an answer cut by its length limit is kept and says so', async () => {
  await using house = await build()
  house.claude.when(director('Critic'), { text: 'A verdict that is cut off', fault: { kind: 'max-tokens' } })
  house.telegram.say(ada, '/board One question')
  const job = await finished(house, 1)
  expect(job.status).toBe('done')
  expect(job.result_text).toContain('Cut here: the answer reached its length limit.')
})

test.each([
  [{ kind: 'overloaded' }],
  [{ kind: 'rate-limit', retryAfter: 1 }],
  [{ kind: 'server-error' }],
  [{ kind: 'cut' }],
  [{ kind: 'early-end' }],
  [{ kind: 'error-event', type: 'overloaded_error' }],
  [{ kind: 'html' }],
  [{ kind: 'reset' }],
] as const)('a call to Claude that meets %j is tried again within its step', async (fault) => {
  await using house = await build()
  house.claude.fail({ fault, times: 1 })
  house.telegram.say(ada, '/board One question')
  const job = await finished(house, 1)
  expect(job.status).toBe('done')
  expect(house.claude.requests).toHaveLength(6)
})

test('a call is tried five times in all, and waits as long as the API says', async () => {
  await using house = await build()
  house.claude.fail({ fault: { kind: 'rate-limit', retryAfter: 1 }, match: director('Critic') })
  house.telegram.say(ada, '/board One question')
  await house.heard(ada, "❌ #1 board failed: Claude's rate limit was reached")
  const calls = house.claude.requests.filter(({ body }) => director('Critic')(body))
  expect(calls).toHaveLength(5)
  for (const [index, call] of calls.slice(1).entries()) expect(call.at - (calls[index]?.at ?? 0)).toBeGreaterThanOrEqual(1_000)
})

test('a wrong key is no reason to try again, and is told without the key', async () => {
  await using house = await build({ env: { ANTHROPIC_API_KEY: 'a-wrong-key-that-nobody-may-see' } })
  house.telegram.say(ada, '/board One question')
  const job = await finished(house, 1)
  expect(job.result_text).toBe('Claude refused the API key')
  expect(house.claude.requests).toHaveLength(4)
  expect(house.log.join('\n')).not.toContain('a-wrong-key-that-nobody-may-see')
})

test('a stream without a byte is a stall and is tried again, one with pings is alive', async () => {
  await using house = await build({ env: { STREAM_STALL_SECONDS: '1' } })
  house.claude.when(director('Strategy'), { fault: { kind: 'stall', after: 'start' } }, 1)
  house.claude.when(director('Finance'), {
    text: 'Thought long about it.',
    pings: 12,
    pingEveryMs: 250,
    firstTokenMs: 3_000,
  })
  house.telegram.say(ada, '/board One question')
  const job = await finished(house, 1)
  expect(job.result_text).toContain('Thought long about it.')
  expect(job.result_text).toContain('**Strategy**')
  expect(house.claude.requests.filter(({ body }) => director('Finance')(body))).toHaveLength(1)
  expect(house.claude.requests.filter(({ body }) => director('Strategy')(body))).toHaveLength(2)
})

test('a job that takes too long fails with the reason, and its calls are aborted', async () => {
  await using house = await build({ env: { JOB_TIMEOUT_SECONDS: '1' } })
  house.claude.when(director('Strategy'), { fault: { kind: 'pings-only', everyMs: 100 } })
  house.telegram.say(ada, '/board One question')
  await house.heard(ada, '❌ #1 board failed: took longer than 1 second')
  await house.until(() => house.claude.aborted > 0)
})

test('without a topic it says how to use it and makes no job', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board')
  await house.heard(ada, '/board Should I move to Lisbon?')
  house.telegram.say(ada, '/board   \n ')
  await house.until(() => house.texts(ada).length === 2)
  expect(house.rows('SELECT * FROM background_jobs')).toEqual([])
})

test('/board@its_name and topics of several lines work', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board@remy_local_bot First line\nsecond line')
  await finished(house, 1)
  expect(house.job(1)?.input_text).toBe('First line\nsecond line')
  house.telegram.say(ada, '/board@another_bot Not for us')
  await house.heard(ada, "I don't know that command")
  expect(house.job(2)).toBeUndefined()
})

test('jobs beyond the limit of a person wait in line, and others pass them', async () => {
  await using house = await build({ env: { MAX_RUNNING_JOBS: '2', MAX_RUNNING_JOBS_PER_USER: '1' } })
  const gate = house.claude.gate()
  house.claude.when(director('Critic'), { text: 'The verdict.', hold: gate.promise })
  for (const text of ['/board one', '/board two', '/board three']) house.telegram.say(ada, text)
  await house.heard(ada, 'Started #1 · board')
  await house.heard(ada, /^Queued #2, 1st in line$/)
  await house.heard(ada, /^Queued #3, 2nd in line$/)
  house.telegram.say(ben, '/board four')
  await house.heard(ben, 'Started #4 · board')
  await house.until(() => house.job(4)?.status === 'running')
  expect([1, 2, 3, 4].map((id) => house.job(id)?.status)).toEqual(['running', 'queued', 'queued', 'running'])
  gate.open()
  await finished(house, 3)
  expect([1, 2, 3, 4].map((id) => house.job(id)?.status)).toEqual(['done', 'done', 'done', 'done'])
})

test('the place in line counts on', async () => {
  await using house = await build({ env: { MAX_RUNNING_JOBS: '1' } })
  const gate = house.claude.gate()
  house.claude.when(() => true, { text: 'x', hold: gate.promise })
  for (let count = 1; count <= 7; count++) house.telegram.say(ada, `/board question ${count}`)
  await house.heard(ada, 'Queued #7')
  const lines = house.texts(ada).filter((text) => text.startsWith('Queued'))
  expect(lines).toEqual(
    ['1st', '2nd', '3rd', '4th', '5th', '6th'].map((place, index) => `Queued #${index + 2}, ${place} in line`),
  )
  gate.open()
})

test('a person with 50 jobs waiting is told so', async () => {
  await using house = await build({ env: { MAX_RUNNING_JOBS: '1' } })
  const gate = house.claude.gate()
  house.claude.when(() => true, { text: 'x', hold: gate.promise })
  house.telegram.say(ada, '/board first')
  await house.until(() => house.job(1)?.status === 'running')
  for (let count = 0; count < 51; count++) house.telegram.say(ada, `/board number ${count}`)
  await house.telegram.idle()
  await house.until(
    () => house.rows("SELECT * FROM deliveries WHERE payload LIKE '%already have 50 jobs waiting%'").length === 1,
  )
  expect(house.rows('SELECT count(*) AS count FROM background_jobs')).toEqual([{ count: 51 }])
})

test('no more calls to Claude are open at once than allowed, and chat goes before jobs', async () => {
  await using house = await build({ env: { MAX_MODEL_CALLS: '1' } })
  const gate = house.claude.gate()
  house.claude.when(director('Strategy'), { text: 'The view.', hold: gate.promise })
  house.telegram.say(ada, '/board One question')
  await house.until(() => house.claude.inFlight === 1)
  house.telegram.say(ada, 'Hello')
  await house.until(() => house.rows('SELECT * FROM updates').length === 2)
  gate.open()
  await finished(house, 1)
  const order = house.claude.requests.map(({ body }) =>
    textOf(body.messages.at(-1)?.content ?? '').includes('Hello') ? 'chat' : 'job',
  )
  expect(order.indexOf('chat')).toBe(1)
  expect(house.claude.maxInFlight).toBe(1)
})
