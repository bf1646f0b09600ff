import { expect, test } from 'vitest'
import { ada, ben, build, type House } from './build.ts'
import { answers, buttonsOf, press } from './press.ts'

type Match = (request: { system?: unknown }) => boolean
const asRole =
  (role: string): Match =>
  ({ system }) =>
    JSON.stringify(system ?? '').includes(`Role: ${role}`)
const silent = { fault: { kind: 'pings-only', everyMs: 50 } } as const

/** A board of which two directors are in, cut off by a crash; the next boot has told its person. */
async function interruptedBoard(house: House) {
  for (const role of ['Finance', 'Research']) house.claude.when(asRole(role), silent, 1)
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.rows("SELECT 1 FROM job_events WHERE type = 'step'").length === 2)
  await house.heard(ada, 'Started #1')
  await house.kill()
  await house.boot()
  return house.heard(ada, /^⚠️ #1 board: interrupted by restart$/)
}

test('an interrupted board is run again from its notice, with the directors that were in', async () => {
  await using house = await build()
  const notice = await interruptedBoard(house)
  expect(buttonsOf(notice).map(({ text }) => text)).toEqual(['Run again', 'Show what there is'])
  const asked = house.claude.requests.length
  const [again, show] = buttonsOf(notice).map(({ callback_data = '' }) => callback_data)

  expect(await press(house, ada, notice, show ?? '')).toBe('Here is what there is of #1.')
  const shown = await house.heard(ada, '🗂 #1 board: what there is')
  expect(shown.text).toContain('2 of 5 directors were in when it was interrupted.')
  await house.heard(ada, /^Strategy\n[\s\S]+Content\n/)

  const gate = house.claude.gate() // an acknowledgement that comes after the end would not be sent any more
  house.claude.when(asRole('Critic'), { text: 'The verdict at last.', hold: gate.promise })
  expect(await press(house, ada, notice, again ?? '')).toBe('#1 is run again as #2.')
  await house.heard(ada, /^Started #2 · board\..+ It runs #1 again\. 2 of 5 directors were already in\.$/)
  gate.open()
  await house.heard(ada, '✅ #2 board')
  expect(house.claude.requests.length - asked).toBe(3)
  const { body } = await house.get('/jobs/2')
  expect(body).toMatchObject({ status: 'done', rerun_of: 1, input_text: 'Should I move?' })
  expect(body.steps.filter(({ reused_from }: { reused_from: number | null }) => reused_from === 1)).toHaveLength(2)
  expect(house.job(1)?.status).toBe('failed')
})

test('buttons work once each, after a restart too, and end every spinner', async () => {
  await using house = await build()
  const notice = await interruptedBoard(house)
  expect(await press(house, ada, notice, 'again:1')).toBe('#1 is run again as #2.')
  expect(await press(house, ada, notice, 'again:1')).toBe('#1 is already run again as #2.')
  expect(await press(house, ada, notice, 'steps:1')).toBe('Here is what there is of #1.')
  await house.heard(ada, '✅ #2 board')
  await house.kill()
  await house.boot()
  expect(await press(house, ada, notice, 'again:1')).toBe('#1 is already run again as #2.')
  expect(await press(house, ada, notice, 'steps:1')).toBe('What there is of #1 was already sent.')
  expect(await press(house, ada, notice, 'again:2')).toBe('#2 has not failed: /job 2')
  expect(await press(house, ada, notice, 'again:99')).toBe('You have no job #99.')
  expect(await press(house, ada, notice, 'something-old')).toBe('This button has no function any more.')
  expect(house.rows('SELECT 1 FROM background_jobs')).toHaveLength(2)
})

test("another person's buttons do nothing, from whichever chat they are pressed", async () => {
  await using house = await build()
  const notice = await interruptedBoard(house)
  const before = house.texts(ada).length
  expect(await press(house, ben, notice, 'again:1')).toBe('This button was sent to somebody else.')
  house.telegram.say(ben, '/jobs')
  const own = await house.heard(ben, 'No background jobs yet.')
  expect(await press(house, ben, own, 'again:1')).toBe('You have no job #1.')
  expect(await press(house, ben, own, 'steps:1')).toBe('You have no job #1.')
  await house.delivered()
  expect(house.rows('SELECT 1 FROM background_jobs')).toHaveLength(1)
  expect(house.texts(ada)).toHaveLength(before)
})

test('a press whose process ends before it is answered is answered after the next boot, and acts once', async () => {
  await using house = await build()
  const notice = await interruptedBoard(house)
  house.telegram.fail({ method: 'answerCallbackQuery', times: Number.POSITIVE_INFINITY, fault: { kind: 'hang' } })
  house.telegram.press(ada, notice.message_id, 'again:1')
  await house.until(() => house.telegram.calls.some(({ method }) => method === 'answerCallbackQuery'))
  await house.kill()
  house.telegram.clearFaults()
  await house.boot()
  await house.until(() => answers(house).length > 1)
  expect(answers(house).at(-1)?.payload.text).toBe('#1 is run again as #2.')
  expect(house.rows('SELECT 1 FROM background_jobs')).toHaveLength(2)
})

test('a board that fails by itself has the buttons as well, and a second failure its own', async () => {
  await using house = await build()
  house.claude.when(asRole('Critic'), { fault: { kind: 'refusal' } }, 2)
  house.telegram.say(ada, '/board Should I move?')
  const first = await house.heard(ada, '❌ #1 board failed: Claude declined to answer this')
  const asked = house.claude.requests.length
  await press(house, ada, first, 'again:1')
  const second = await house.heard(ada, '❌ #2 board failed')
  await press(house, ada, second, 'again:2')
  await house.heard(ada, '✅ #3 board')
  expect(house.claude.requests.length - asked).toBe(2) // the Critic alone, twice
})

test('several interruptions are one notice, with the buttons of each job', async () => {
  await using house = await build()
  house.claude.when(asRole('Critic'), silent)
  for (const topic of ['one', 'two', 'three']) house.telegram.say(ada, `/board ${topic}`)
  await house.until(() => house.rows("SELECT 1 FROM job_events WHERE type = 'step'").length === 12)
  await house.kill()
  await house.boot()
  const notice = await house.heard(ada, '3 jobs were interrupted')
  expect(notice.text).toBe('⚠️ 3 jobs were interrupted:\n#1 board · one\n#2 board · two\n#3 board · three')
  expect(buttonsOf(notice).map(({ text }) => text)).toEqual([1, 2, 3].flatMap((id) => [`Run #${id} again`, `Show #${id}`]))
  await house.delivered()
  for (const id of [1, 2, 3]) {
    const { body } = await house.get(`/jobs/${id}`)
    expect(body).toMatchObject({ status: 'failed', delivery: expect.stringMatching(/^delivered \d\d:\d\d$/) })
    expect(body.deliveries.at(-1)).toMatchObject({ purpose: 'outcome', message_id: notice.message_id })
  }
})

test('what outlives the grace time is one notice as well', async () => {
  await using house = await build({ env: { SHUTDOWN_GRACE_SECONDS: '0' } })
  house.claude.when(asRole('Critic'), silent)
  for (const topic of ['one', 'two']) house.telegram.say(ada, `/board ${topic}`)
  await house.until(() => house.rows("SELECT 1 FROM job_events WHERE type = 'step'").length === 8)
  house.signal('SIGTERM')
  expect(await house.ended()).toBe(0)
  await house.boot()
  await house.heard(ada, '2 jobs were interrupted')
  await house.delivered()
  expect(house.texts(ada).filter((text) => text.includes('interrupted'))).toHaveLength(1)
})
