import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ada, ben, build, type House, spawnServer } from './build.ts'

const asCritic = (request: { system?: unknown }) => JSON.stringify(request.system ?? '').includes('Role: Critic')
const count = (house: House, part: string) => house.texts(ada).filter((text) => text.includes(part)).length

/** Answers everything else that is under way, so that what was sent until now is all there is. */
async function settled(house: House) {
  house.telegram.say(ben, '/jobs')
  await house.until(() => house.texts(ben).length > 0)
  await house.delivered()
}

test('stopped while running: failed as interrupted, told once, steps kept, never run again by itself', async () => {
  await using house = await build()
  house.claude.when(asCritic, { fault: { kind: 'pings-only', everyMs: 50 } })
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.claude.requests.some(({ body }) => asCritic(body)))
  await house.kill()
  const calls = house.claude.requests.length
  expect(house.job(1)?.status).toBe('running')

  await house.boot()
  expect(house.job(1)).toMatchObject({
    status: 'failed',
    result_text: 'interrupted by restart',
    completed_at: expect.any(String),
  })
  await house.heard(ada, /^⚠️ #1 board: interrupted by restart$/)
  await house.delivered()
  const { body } = await house.get('/jobs/1')
  expect(body.steps).toHaveLength(4)
  expect(body.transitions.map(({ status }: { status: string }) => status)).toEqual(['queued', 'running', 'failed'])
  expect(body.deliveries.at(-1)).toMatchObject({ purpose: 'outcome', part: 1, state: 'sent', message_id: expect.any(Number) })

  await house.kill()
  await house.boot()
  await settled(house)
  expect(count(house, 'interrupted by restart')).toBe(1)
  expect(house.claude.requests).toHaveLength(calls)
})

test('stopped while queued: it starts at the next boot', async () => {
  await using house = await build({ env: { MAX_RUNNING_JOBS: '1' } })
  house.claude.when(asCritic, { fault: { kind: 'pings-only', everyMs: 50 } }, 1)
  house.telegram.say(ada, '/board one')
  house.telegram.say(ada, '/board two')
  await house.heard(ada, 'Queued #2, 1st in line')
  await house.until(() => house.claude.requests.some(({ body }) => asCritic(body)))
  await house.kill()
  await house.boot()
  await house.heard(ada, '✅ #2 board')
  expect([house.job(1)?.status, house.job(2)?.status]).toEqual(['failed', 'done'])
})

test('stopped when done and not yet delivered: the result arrives after the next boot, once', async () => {
  await using house = await build()
  house.telegram.fail({ method: 'sendMessage', times: Number.POSITIVE_INFINITY, fault: { kind: 'server-error' } })
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.telegram.calls.some(({ method }) => method === 'sendMessage'))
  await house.until(() => house.job(1)?.status === 'done')
  await house.kill()
  expect(house.texts(ada)).toEqual([])
  house.telegram.clearFaults()
  await house.boot()
  await house.heard(ada, 'Strategy\n')
  await settled(house)
  expect(count(house, 'Started #1')).toBe(0) // nobody needs to hear that it began any more
  expect(count(house, '✅ #1 board')).toBe(1)
  expect(house.job(1)?.status).toBe('done')
})

test('stopped when failed and not yet told: the notice arrives after the next boot, once', async () => {
  await using house = await build()
  house.claude.when(asCritic, { fault: { kind: 'refusal' } })
  house.telegram.fail({ method: 'sendMessage', times: Number.POSITIVE_INFINITY, fault: { kind: 'reset' } })
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.job(1)?.status === 'failed')
  await house.kill()
  house.telegram.clearFaults()
  await house.boot()
  await house.heard(ada, '❌ #1 board failed: Claude declined to answer this')
  await settled(house)
  expect(count(house, '❌ #1')).toBe(1)
})

test('a chat turn cut off by a crash is answered after the next boot, once', async () => {
  await using house = await build()
  house.claude.script({ fault: { kind: 'pings-only', everyMs: 50 } })
  house.telegram.say(ada, 'Tell me something')
  await house.until(() => house.claude.requests.length === 1)
  await house.kill()
  house.claude.script({ text: 'Here is something.' })
  await house.boot()
  await house.heard(ada, 'Here is something.')
  await house.delivered() // a crash between the sending and its mark may repeat a message, and is another test
  await house.kill()
  await house.boot()
  await settled(house)
  expect(count(house, 'Here is something.')).toBe(1)
  expect(house.rows('SELECT role FROM messages')).toEqual([{ role: 'user' }, { role: 'assistant' }])
})

test('updates that were stored and not looked at are handled after the next boot, in order', async () => {
  await using house = await build()
  await house.kill()
  const db = new Sqlite(house.file)
  const insert = db.prepare('INSERT INTO updates (update_id, chat_id, payload) VALUES (?, ?, ?)')
  for (const [id, text] of [
    [901, '/board one'],
    [902, '/board two'],
    [903, '/jobs'],
  ] as const) {
    const message = {
      message_id: id,
      date: 1,
      from: { id: ada.id, is_bot: false, first_name: 'Ada' },
      chat: { id: ada.id, type: 'private' },
      text,
    }
    insert.run(id, ada.id, JSON.stringify({ update_id: id, message }))
  }
  db.close()
  await house.boot()
  await house.heard(ada, 'Recent background jobs')
  expect([house.job(1)?.input_text, house.job(2)?.input_text]).toEqual(['one', 'two'])
  expect(house.sentTexts(ada).slice(0, 2)).toEqual(
    [1, 2].map((id) => `Started #${id} · board. I'll message you when it's done.`),
  )
})

test('killed at any moment under load, nothing is lost and nothing acts twice', async () => {
  await using house = await build()
  for (let round = 1; round <= 5; round++) {
    for (const person of [ada, ben]) house.telegram.say(person, `/board question ${round} of ${person.first_name}`)
    await house.until(() => house.telegram.calls.length > round * 4)
    await house.kill()
    await house.boot()
  }
  await house.telegram.idle()
  await house.until(() => house.rows('SELECT 1 FROM background_jobs WHERE completed_at IS NULL').length === 0)
  await house.delivered()
  const jobs = house.rows<{ id: number; user_id: number; status: string; result_text: string }>(
    'SELECT * FROM background_jobs ORDER BY id',
  )
  expect(jobs).toHaveLength(10)
  for (const { id, user_id, status, result_text } of jobs) {
    const opening = status === 'done' ? `✅ #${id} board` : `⚠️ #${id} board: interrupted by restart`
    expect(house.texts({ id: user_id }).filter((text) => text.startsWith(opening)).length, opening).toBeGreaterThanOrEqual(1)
    expect(result_text).toBeTruthy()
  }
  expect(house.rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
}, 120_000)

test('killed in the middle of the very first boot, the next one comes up', async () => {
  for (let round = 0; round < 6; round++) {
    await using house = await build({ asleep: true })
    const { child, ended } = spawnServer(house.env, tmpdir())
    await house.until(() => existsSync(`${house.file}-wal`))
    for (let turns = 0; turns < round * 40; turns++) await new Promise(setImmediate)
    child.kill('SIGKILL')
    await ended
    await house.boot()
    house.telegram.say(ada, '/jobs')
    await house.heard(ada, 'No background jobs yet.')
  }
})

test('killed in the grace time, the next boot settles what was running', async () => {
  await using house = await build()
  house.claude.when(asCritic, { fault: { kind: 'pings-only', everyMs: 50 } })
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.claude.requests.some(({ body }) => asCritic(body)))
  house.signal('SIGTERM')
  await house.until(() => house.log.some((line) => line.includes('Stopping')))
  await house.kill()
  await house.boot()
  await house.heard(ada, /^⚠️ #1 board: interrupted by restart$/)
})

test('nothing is running and every notice is stored before the first request is answered', async () => {
  await using house = await build()
  house.claude.when(asCritic, { fault: { kind: 'pings-only', everyMs: 50 } })
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.job(1)?.status === 'running')
  await house.kill()
  house.telegram.fail({ method: 'sendMessage', times: Number.POSITIVE_INFINITY, fault: { kind: 'server-error' } })
  await house.boot()
  expect((await house.get('/health')).status).toBe(200)
  expect(house.rows("SELECT 1 FROM background_jobs WHERE status = 'running'")).toEqual([])
  expect(
    house.rows("SELECT 1 FROM deliveries WHERE purpose = 'outcome' AND payload LIKE '%interrupted by restart%'"),
  ).toHaveLength(1)
})

test('a second process exits with code 75 and says who holds the database', async () => {
  await using house = await build()
  const log: string[] = []
  const second = spawnServer(house.env, process.cwd(), log)
  expect(await second.ended).toBe(75)
  const boot = house.rows<{ pid: number; started_at: string }>('SELECT * FROM boots')[0]
  expect(log.join('\n')).toContain(`process ${boot?.pid} on `)
  expect(log.join('\n')).toContain(boot?.started_at)
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
})

test('ids count up in order of creation and are never used again', async () => {
  await using house = await build()
  for (const text of ['/board one', '/board two']) house.telegram.say(ada, text)
  await house.heard(ada, '✅ #2')
  await house.kill()
  const db = new Sqlite(house.file)
  db.pragma('foreign_keys = OFF')
  db.exec('DELETE FROM background_jobs')
  db.close()
  await house.boot()
  house.telegram.say(ada, '/board three')
  await house.heard(ada, '✅ #3 board')
})
