import { expect, test } from 'vitest'
import { type MessageRequest, webSearch } from '../playground/messages-api/server.ts'
import { costMicros, hasPrice } from '../src/ai/prices.ts'
import { createLocalTime } from '../src/local-time.ts'
import { usageInWords } from '../src/telegram/usage-in-words.ts'
import { ada, ben, build, type House } from './build.ts'
import { spend } from './spend.ts'

interface CallRow {
  user_id: number
  kind: string
  job_id: number | null
  step: string | null
  turn: number | null
  model: string
  input_tokens: number
  output_tokens: number
  cache_read_tokens: number
  cache_write_tokens: number
  searches: number
  cost_micros: number | null
}

const calls = (house: House) => house.rows<CallRow>('SELECT * FROM model_calls ORDER BY id')
const asRole = (name: string) => (request: MessageRequest) => JSON.stringify(request.system).includes(`Role: ${name}`)

/** What the stand-in says that a request used. */
function saidOf(house: House, match: (request: MessageRequest) => boolean) {
  const usage = house.claude.requests.find(({ body }) => match(body))?.usage
  return {
    input_tokens: usage?.input_tokens,
    output_tokens: usage?.output_tokens,
    cache_read_tokens: usage?.cache_read_input_tokens,
    cache_write_tokens: usage?.cache_creation_input_tokens,
  }
}

test("a board's steps and their sum show what each of its calls used and cost", async () => {
  await using house = await build()
  house.telegram.say(ada, '/board Should I move?')
  await house.heard(ada, '✅ #1 board')
  const { body } = await house.get('/jobs/1')
  expect(body.steps).toHaveLength(5)
  for (const { name, usage } of body.steps) {
    expect(usage).toMatchObject(saidOf(house, asRole(name)))
    const { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens } = usage
    const micros = 4 * input_tokens + 20 * output_tokens + 0.4 * cache_read_tokens + 5 * cache_write_tokens
    expect(usage.cost_usd).toBe(Math.round(micros) / 1_000_000)
  }
  for (const name of ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens', 'searches', 'cost_usd']) {
    const sum = body.steps.reduce(
      (total: number, { usage }: { usage: Record<string, number> }) => total + (usage[name] ?? 0),
      0,
    )
    expect(body.usage[name], name).toBeCloseTo(sum, 9)
  }
  expect(body.usage.input_tokens).toBeGreaterThan(0)
  const accounts = calls(house).map(({ user_id, kind, job_id, turn, model }) => ({ user_id, kind, job_id, turn, model }))
  expect(accounts).toEqual(Array(5).fill({ user_id: ada.id, kind: 'board', job_id: 1, turn: null, model: 'claude-opus-5-5' }))
})

test('what a repetition takes over costs nothing', async () => {
  await using house = await build()
  house.claude.when(asRole('Critic'), { fault: { kind: 'refusal' } }, 1)
  house.telegram.say(ada, '/board Should I move?')
  const notice = await house.heard(ada, '❌ #1 board failed')
  house.telegram.press(ada, notice.message_id, 'again:1')
  await house.heard(ada, '✅ #2 board')
  const { body } = await house.get('/jobs/2')
  const taken = body.steps.filter(({ reused_from }: { reused_from: number | null }) => reused_from === 1)
  expect(taken).toHaveLength(4)
  for (const { usage } of taken) expect(usage).toMatchObject({ input_tokens: 0, output_tokens: 0, cost_usd: 0 })
  expect(body.steps.find(({ name }: { name: string }) => name === 'Critic').usage).toEqual(body.usage)
  expect(body.usage.cost_usd).toBeGreaterThan(0)
  const failed = (await house.get('/jobs/1')).body.steps.find(({ name }: { name: string }) => name === 'Critic')
  expect(failed).toMatchObject({ outcome: 'failed', usage: { output_tokens: 1 } })
})

test('all calls of a chat turn are its own, searches counted', async () => {
  await using house = await build()
  house.claude.script(
    { toolCalls: [{ name: 'list_background_jobs', input: {} }] },
    { blocks: webSearch({ query: 'Tagus', results: [] }), text: 'There is nothing.' },
  )
  house.telegram.say(ada, 'What is running?')
  await house.heard(ada, 'There is nothing.')
  const rows = calls(house)
  expect(rows).toHaveLength(2)
  expect(new Set(rows.map(({ turn }) => turn)).size).toBe(1)
  for (const [index, { usage }] of house.claude.requests.entries()) {
    expect(rows[index]).toMatchObject({ user_id: ada.id, kind: 'chat', job_id: null, step: null, model: 'claude-sonnet-5-5' })
    expect(rows[index]).toMatchObject({ input_tokens: usage?.input_tokens, output_tokens: usage?.output_tokens })
  }
  expect(rows.map(({ searches }) => searches)).toEqual([0, 1])
  expect(rows[1]?.cost_micros).toBeGreaterThan(10_000)
})

test('an answer that broke off and was tried again counts twice, each with what is known of it', async () => {
  await using house = await build()
  house.claude.fail({ fault: { kind: 'cut' }, times: 1 })
  house.claude.script({ text: 'The whole answer.' })
  house.telegram.say(ada, 'Hello')
  await house.heard(ada, 'The whole answer.')
  const [broken, whole, ...more] = calls(house)
  expect(more).toEqual([])
  expect(broken).toMatchObject({ output_tokens: 1, turn: whole?.turn })
  const sent = (row?: CallRow) => row && row.input_tokens + row.cache_read_tokens + row.cache_write_tokens
  expect(sent(broken)).toBe(sent(whole))
  expect(broken?.cost_micros).toBeGreaterThan(0)
})

test('a refusal before an answer costs nothing', async () => {
  await using house = await build()
  house.claude.fail({ fault: { kind: 'bad-request', message: 'prompt is too long' }, times: 1 })
  house.telegram.say(ada, 'Hello')
  await house.heard(ada, 'the request was too long')
  expect(calls(house)).toEqual([])
})

test('an answer that a shutdown cuts off counts, and so does the one that is written after the next boot', async () => {
  await using house = await build({ env: { SHUTDOWN_GRACE_SECONDS: '0' } })
  house.claude.script({ text: 'word '.repeat(200), chunks: 20, fault: { kind: 'stall' } })
  house.telegram.say(ada, 'Hello')
  await house.until(() => house.telegram.draft(ada.id))
  house.signal('SIGTERM')
  expect(await house.ended()).toBe(0)
  house.claude.script({ text: 'Here I am again.' })
  await house.boot()
  await house.heard(ada, 'Here I am again.')
  expect(calls(house)).toMatchObject([
    { output_tokens: 1, turn: 1 },
    { output_tokens: 4, turn: 1 },
  ])
})

test('an answer that the person stopped counts', async () => {
  await using house = await build()
  house.claude.script({ text: 'word '.repeat(200), chunks: 20, fault: { kind: 'stall' } })
  house.telegram.say(ada, 'Hello')
  await house.until(() => house.telegram.draft(ada.id))
  house.telegram.say(ada, '/stop')
  await house.heard(ada, '⏹ Stopped.')
  expect(calls(house)).toMatchObject([{ output_tokens: 1, user_id: ada.id, turn: 1 }])
})

test('folding a conversation counts as chat, of no turn', async () => {
  await using house = await build()
  const isFold = (request: MessageRequest) => JSON.stringify(request.messages).includes('<turns>')
  house.claude.when(isFold, { text: 'In short: much was said.' })
  for (let turn = 1; turn <= 6; turn++) {
    house.claude.script({ text: `${turn} ${'words '.repeat(1_000)}` })
    house.telegram.say(ada, `Tell me ${turn}`)
    await house.until(() => house.texts(ada).some((text) => text.startsWith(`${turn} `)))
  }
  await house.until(() => house.rows('SELECT 1 FROM summaries').length > 0)
  expect(calls(house).filter(({ turn }) => turn === null)).toContainEqual(
    expect.objectContaining({ user_id: ada.id, kind: 'chat', job_id: null }),
  )
})

test('of a model whose price is not known only the tokens are counted, and /usage says so', async () => {
  await using house = await build({ env: { JOB_MODEL: 'claude-next-9' } })
  house.telegram.say(ada, '/board Should I move?')
  await house.heard(ada, '✅ #1 board')
  const { body } = await house.get('/jobs/1')
  expect(body.usage).toMatchObject({ cost_usd: null, input_tokens: expect.any(Number) })
  expect(body.usage.output_tokens).toBeGreaterThan(0)
  expect(body.steps[0].usage.cost_usd).toBe(null)
  house.telegram.say(ada, '/usage')
  const { text } = await house.heard(ada, '📊')
  expect(text).toMatch(/^ {4}board: [\d,]+ tokens in · [\d,]+ out$/m)
  expect(text).toContain('I do not know the price of claude-next-9')
})

test('/usage tells each person what was used for them alone, by day, month and kind', async () => {
  await using house = await build({ env: { TIMEZONE: 'Pacific/Auckland' } })
  house.telegram.say(ada, '/usage')
  expect((await house.heard(ada, '📊')).text).toBe('📊 What I used for you\nNothing yet this month.')
  const localTime = createLocalTime('Pacific/Auckland')
  const monthBegan = localTime.startOfMonth()
  const justBefore = new Date(Date.parse(monthBegan) - 1).toISOString()
  const call = { input_tokens: 1_000, cache_read_tokens: 200, cache_write_tokens: 34, output_tokens: 50 }
  spend(house, { ...call, user_id: ada.id, kind: 'board', cost_micros: 1_250_000, at: monthBegan })
  spend(house, { ...call, user_id: ada.id, kind: 'board', cost_micros: 9_000_000, at: justBefore })
  spend(house, { ...call, user_id: ada.id, kind: 'research', cost_micros: 3_000, at: new Date().toISOString() })
  spend(house, { ...call, user_id: ada.id, kind: 'chat', cost_micros: 100_000, turn: 900, at: new Date().toISOString() })
  spend(house, { ...call, user_id: ben.id, kind: 'retrospective', cost_micros: 7_000_000, at: new Date().toISOString() })

  house.telegram.say(ada, '/usage')
  const { text } = await house.heard(ada, 'This month')
  const today =
    monthBegan === localTime.startOfDay(0) ? '3,702 tokens in · 150 out · $1.35' : '2,468 tokens in · 100 out · $0.10'
  expect(text.split('\n')).toEqual([
    '📊 What I used for you',
    'Latest answer: 1,234 tokens in · 50 out · $0.10',
    `Today: ${today}`,
    'This month: 3,702 tokens in · 150 out · $1.35',
    '    board: 1,234 tokens in · 50 out · $1.25',
    '    chat: 1,234 tokens in · 50 out · $0.10',
    '    research: 1,234 tokens in · 50 out · less than $0.01',
  ])
  house.telegram.say(ben, '/usage')
  expect((await house.heard(ben, '📊')).text).toContain('This month: 1,234 tokens in · 50 out · $7.00\n    retrospective: ')
})

test('prices are those of the documentation, with its multipliers', () => {
  const million = {
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    hourCacheWriteTokens: 0,
    searches: 0,
  }
  const dollars = (model: string, used: Partial<typeof million>) => (costMicros(model, { ...million, ...used }) ?? -1) / 1e6
  for (const [model, input, output] of [
    ['claude-opus-5-5', 4, 20],
    ['claude-sonnet-5-5', 2, 10],
    ['claude-haiku-5-5', 0.1, 0.5],
    ['claude-fable-5-2', 8, 40],
  ] as const) {
    expect(dollars(model, { inputTokens: 1e6 })).toBe(input)
    expect(dollars(`${model}-20260901`, { outputTokens: 1e6 })).toBe(output)
    expect(dollars(model, { cacheReadTokens: 1e6 })).toBeCloseTo(input * 0.1, 6)
    expect(dollars(model, { cacheWriteTokens: 1e6 })).toBeCloseTo(input * 1.25, 6)
    expect(dollars(model, { cacheWriteTokens: 1e6, hourCacheWriteTokens: 1e6 })).toBeCloseTo(input * 2, 6)
    expect(dollars(model, { searches: 1_000 })).toBe(10)
  }
  expect(costMicros('claude-haiku-5-5', { ...million, inputTokens: 14 })).toBe(1)
  for (const unknown of ['claude-opus-5', 'claude-opus-5-5-mini', 'claude-opus-5-5-2026', 'toString', '']) {
    expect(hasPrice(unknown)).toBe(false)
    expect(costMicros(unknown, million)).toBe(null)
  }
})

test('usage in words: whole tokens, dollars in cents', () => {
  const usage = {
    calls: 2,
    inputTokens: 12_000,
    cacheReadTokens: 300,
    cacheWriteTokens: 45,
    outputTokens: 2_010,
    searches: 0,
    costMicros: 81_234,
    unpricedCalls: 0,
  }
  expect(usageInWords(usage)).toBe('12,345 tokens in · 2,010 out · $0.08')
  expect(usageInWords({ ...usage, costMicros: 9_999 })).toBe('12,345 tokens in · 2,010 out · less than $0.01')
  expect(usageInWords({ ...usage, costMicros: 0, unpricedCalls: 2 })).toBe('12,345 tokens in · 2,010 out')
  expect(usageInWords({ ...usage, unpricedCalls: 1 })).toBe('12,345 tokens in · 2,010 out · at least $0.08')
})

test('a month begins at midnight where the people live', () => {
  const tokyo = createLocalTime('Asia/Tokyo')
  expect(tokyo.startOfMonth(new Date('2026-11-30T14:59:59.999Z'))).toBe('2026-10-31T15:00:00.000Z')
  expect(tokyo.startOfMonth(new Date('2026-11-30T15:00:00.000Z'))).toBe('2026-11-30T15:00:00.000Z')
  const lisbon = createLocalTime('Europe/Lisbon') // whose summer time ended within the month
  expect(lisbon.startOfMonth(new Date('2026-10-31T12:00:00.000Z'))).toBe('2026-09-30T23:00:00.000Z')
})
