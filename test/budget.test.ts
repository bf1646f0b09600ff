import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { createLocalTime } from '../src/local-time.ts'
import { ada, ben, build, type House } from './build.ts'
import { spend } from './spend.ts'

const env = { MONTHLY_BUDGET_USD: '20' }
const word = (percent: number) => `⚠️ ${percent} % of this month's budget of $20.00 is used.`
const declined =
  "This month's budget of $20.00 is used up, so I start no new background jobs before the next month. Chat goes on."
const now = () => new Date().toISOString()
const counted = (texts: string[], part: string) => texts.filter((text) => text.includes(part)).length

/** Brings what everybody spent this month to so many dollars, whatever jobs and chats cost meanwhile: those are cents. */
function spendDollars(house: House, dollars: number, at = now()) {
  spend(house, { user_id: 9, cost_micros: dollars * 1_000_000, at })
}

test('from 80 % on each acknowledgement says so, and each person has one message a month', async () => {
  await using house = await build({ env })
  const gate = house.claude.gate()
  house.claude.when((request) => JSON.stringify(request.system).includes('Role: Critic'), { text: 'So.', hold: gate.promise })
  spendDollars(house, 15.5)
  house.telegram.say(ada, '/board First')
  expect((await house.heard(ada, 'Started #1')).text).toBe("Started #1 · board. I'll message you when it's done.")
  spendDollars(house, 1.1)
  house.telegram.say(ada, '/board Second')
  const { text } = await house.heard(ada, 'Started #2')
  expect(text).toBe(`Started #2 · board. I'll message you when it's done.\n${word(83)}`)
  expect(house.rows("SELECT 1 FROM settings WHERE key LIKE 'budget%'")).toEqual([])

  gate.open()
  await house.heard(ada, '✅ #1 board')
  await house.heard(ada, '✅ #2 board')
  await house.delivered()
  const message = `${word(83)} Once all of it is used, I start no new background jobs before the next month.`
  expect(counted(house.texts(ada), message)).toBe(1)
  house.claude.script({ text: 'Hello, Ada.' }, { text: 'Hello, Ben.' })
  house.telegram.say(ada, 'Hello')
  await house.heard(ada, 'Hello, Ada.')
  house.telegram.say(ben, 'Hello')
  await house.heard(ben, message)
  await house.delivered()
  expect(counted(house.texts(ada), message)).toBe(1)
  expect(house.texts(ben)[0]).toBe('Hello, Ben.')
})

test('a job that is started by words has the word below the answer', async () => {
  await using house = await build({ env })
  spendDollars(house, 17)
  house.telegram.say(ada, 'Have the board look at my plan')
  expect((await house.heard(ada, '#1')).text).toContain(word(85))
})

test('at 100 % commands, buttons and Claude start no job, and chat goes on', async () => {
  await using house = await build({ env: { ...env, MAX_RUNNING_JOBS: '1' } })
  const role = (name: string) => (request: { system?: unknown }) => JSON.stringify(request.system).includes(`Role: ${name}`)
  const gate = house.claude.gate()
  house.claude.when(role('Critic'), { fault: { kind: 'refusal' }, hold: gate.promise }, 1)
  house.telegram.say(ada, '/board First')
  await house.until(() => house.claude.requests.some(({ body }) => role('Critic')(body)))
  house.telegram.say(ada, '/board Second')
  await house.heard(ada, 'Queued #2')
  spendDollars(house, 20)
  gate.open()
  const notice = await house.heard(ada, '❌ #1 board failed')
  await house.heard(ada, '✅ #2 board') // it was queued before

  house.telegram.say(ada, '/board Third')
  await house.heard(ada, declined)
  house.telegram.press(ada, notice.message_id, 'again:1')
  await house.until(() => house.telegram.calls.some(({ payload }) => payload.text === declined && payload.callback_query_id))
  house.claude.script(
    { toolCalls: [{ name: 'start_background_job', input: { job_type: 'board', input: 'Fourth' } }] },
    { text: 'I cannot start it this month.' },
  )
  house.telegram.say(ada, 'Have the board look at it')
  await house.heard(ada, 'I cannot start it this month.')
  const [result] = (house.claude.requests.at(-1)?.body.messages.at(-1)?.content ?? []) as { [field: string]: unknown }[]
  expect(result).toMatchObject({ is_error: true, content: expect.stringContaining("This month's budget is used up") })
  expect(house.rows('SELECT 1 FROM background_jobs')).toHaveLength(2)
  await house.delivered()
  expect(counted(house.texts(ada), word(100))).toBe(1)
})

test('what was spent in the month before does not count, and a new month has a message of its own', async () => {
  await using house = await build({ env: { ...env, TIMEZONE: 'Asia/Tokyo' } })
  const monthBegan = createLocalTime('Asia/Tokyo').startOfMonth()
  spendDollars(house, 100, new Date(Date.parse(monthBegan) - 1).toISOString())
  house.claude.script({ text: 'One.' }, { text: 'Two.' })
  house.telegram.say(ada, 'Hello')
  await house.heard(ada, 'One.')
  house.telegram.say(ada, '/usage')
  expect((await house.heard(ada, '📊')).text).toContain("0 % of this month's budget of $20.00 is used, over everyone.")
  spendDollars(house, 16, monthBegan)
  house.telegram.say(ada, 'Hello')
  await house.heard(ada, word(80))
  expect(house.rows('SELECT value FROM settings WHERE key = ?', `budget_told_${ada.id}`)).toEqual([{ value: monthBegan }])
})

test('without a budget nothing is said and nothing declined', async () => {
  await using house = await build({ env: { MONTHLY_BUDGET_USD: '' } })
  spendDollars(house, 5_000)
  house.telegram.say(ada, '/board A question')
  await house.heard(ada, '✅ #1 board')
  house.telegram.say(ada, '/usage')
  await house.heard(ada, '📊')
  expect(house.texts(ada).join('\n')).not.toContain("month's budget")
})

test('a budget is a positive number of dollars, which may have decimals', () => {
  const required = {
    TELEGRAM_BOT_TOKEN: '1:x',
    TELEGRAM_WEBHOOK_SECRET: 's',
    TELEGRAM_ALLOWED_USER_IDS: '41',
    ANTHROPIC_API_KEY: 'k',
  }
  const micros = (budget?: string) => readConfig({ ...required, MONTHLY_BUDGET_USD: budget }).monthlyBudgetMicros
  expect([micros(), micros(''), micros('20'), micros('12.50'), micros('0.01')]).toEqual([
    undefined,
    undefined,
    20_000_000,
    12_500_000,
    10_000,
  ])
  for (const wrong of ['0', '0.0', '-5', '1e3', '$20', '20,50', '.5', '2000000', 'NaN']) {
    expect(() => micros(wrong), wrong).toThrow('MONTHLY_BUDGET_USD does not fit: expected US dollars a month')
  }
})
