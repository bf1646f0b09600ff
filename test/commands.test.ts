import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ada, ben, build } from './build.ts'

const today = new Date().toISOString().slice(0, 10)

/** Rows as an operator's shell would insert them, with the story's eight columns. */
function insertJobs(file: string, rows: Record<string, unknown>[]) {
  const db = new Sqlite(file)
  for (const row of rows) {
    const names = Object.keys(row)
    db.prepare(`INSERT INTO background_jobs (${names.join(', ')}) VALUES (${names.map((name) => `:${name}`).join(', ')})`).run(
      row,
    )
  }
  db.close()
}

test('/jobs says so when there is none', async () => {
  await using house = await build()
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, /^No background jobs yet\.$/)
})

test('/jobs shows the ten most recent of this person, newest first, each in its form', async () => {
  await using house = await build({ asleep: true, env: { MAX_RUNNING_JOBS: '1', TIMEZONE: 'Asia/Tokyo' } })
  await house.boot()
  const gate = house.claude.gate()
  house.claude.when(() => true, { text: 'x', hold: gate.promise })
  const job = { user_id: ada.id, job_type: 'board', input_text: 'topic' }
  insertJobs(house.file, [
    ...Array.from({ length: 6 }, () => ({
      ...job,
      status: 'done',
      result_text: 'old',
      created_at: '2020-01-01T00:00:00.000Z',
      completed_at: '2020-01-01T00:00:00.000Z',
    })),
    {
      ...job,
      user_id: ben.id,
      status: 'done',
      result_text: 'A secret of Ben',
      created_at: `${today}T10:00:00.000Z`,
      completed_at: `${today}T10:00:00.000Z`,
    },
    {
      ...job,
      job_type: 'research',
      status: 'failed',
      result_text: 'interrupted by restart',
      created_at: '2026-03-05T20:00:00.000Z',
      completed_at: '2026-03-05T20:01:00.000Z',
    },
    {
      ...job,
      status: 'done',
      result_text: `<b>The board</b> & its\n\n three\u202e risks ${'and more '.repeat(20)}`,
      created_at: '2026-03-05T21:00:00.000Z',
      started_at: '2026-03-05T21:00:00.000Z',
      completed_at: '2026-03-05T21:00:47.400Z',
    },
  ])
  house.telegram.say(ada, '/board first')
  house.telegram.say(ada, '/board second\nline')
  await house.heard(ada, 'Queued #11')
  await house.until(() => house.job(10)?.status === 'running')
  house.telegram.say(ada, '/jobs')
  const { text } = await house.heard(ada, '📋')
  const lines = text.split('\n')
  expect(lines[0]).toBe('📋 Recent background jobs')
  expect(lines[1]).toMatch(/^#11 board 🕓 queued · \d\d:\d\d$/)
  expect(lines[2]).toBe('    second line')
  expect(lines[3]).toMatch(/^#10 board ⏳ running · \d:\d\d$/)
  expect(lines[4]).toBe('    first')
  expect(lines[5]).toBe('#9 board ✅ done · 6 Mar 2026 06:00 · 47 s')
  expect(lines[6]).toMatch(/^ {4}<b>The board<\/b> & its three risks and more.*…$/)
  expect(Array.from(lines[6] ?? '').length).toBe(4 + 80)
  expect(lines[7]).toBe('#8 research ❌ failed · 6 Mar 2026 05:00')
  expect(lines[8]).toBe('    interrupted by restart')
  expect(text.match(/^#\d+/gm)).toEqual(['#11', '#10', '#9', '#8', '#6', '#5', '#4', '#3', '#2', '#1'])
  expect(text).not.toContain('Ben')
  gate.open()
})

test('/job sends the whole result again, and another person has no such job', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board Should I move?')
  const first = await house.heard(ada, 'Strategy\n')
  house.telegram.say(ada, '/job 1')
  await house.until(() => house.texts(ada).filter((text) => text.startsWith('✅ #1 board')).length === 2)
  await house.until(() => house.texts(ada).filter((text) => text === first.text).length === 2)
  house.telegram.say(ada, '/job #1')
  await house.until(() => house.texts(ada).filter((text) => text === first.text).length === 3)
  house.telegram.say(ben, '/job 1')
  await house.heard(ben, 'You have no job #1.')
  for (const text of ['/job', '/job 1 OR 1=1', '/job 0', '/job -1', '/job 99999999999999999999']) house.telegram.say(ben, text)
  await house.until(() => house.texts(ben).filter((text) => text.startsWith('Which one?')).length === 5)
})

test('/job tells what a running job is doing', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.when(() => true, { text: 'x', hold: gate.promise })
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.job(1)?.status === 'running')
  house.telegram.say(ada, '/job 1')
  await house.heard(ada, /^🗂 #1 board · ⏳ running\nShould I move\?\nAsked \d\d:\d\d · began \d\d:\d\d · running for \d:\d\d/)
  gate.open()
})

test('/start and /help say what there is', async () => {
  await using house = await build()
  house.telegram.say(ada, '/start')
  await house.heard(ada, 'Hello, I am Remy')
  house.telegram.say(ada, '/help')
  await house.until(() => house.texts(ada).filter((text) => text.includes('/board')).length === 2)
})

test('a button without a meaning loses its spinner', async () => {
  await using house = await build()
  house.telegram.say(ada, '/jobs')
  const { message_id } = await house.heard(ada, 'No background jobs yet.')
  house.telegram.press(ada, message_id, 'something-old')
  await house.until(() =>
    house.telegram.calls.some(({ method, outcome }) => method === 'answerCallbackQuery' && outcome === 'ok'),
  )
})
