import { expect, test } from 'vitest'
import { latestUserText } from '../playground/messages-api/server.ts'
import { ada, build, type House } from './build.ts'

const silent = { fault: { kind: 'pings-only', everyMs: 50 } } as const
const ends = (house: House) =>
  house.rows<{ last_end: string | null }>('SELECT last_end FROM boots ORDER BY rowid').map(({ last_end }) => last_end)
const statuses = (house: House, status: string) => house.rows('SELECT id FROM background_jobs WHERE status = ?', status).length

test('each boot notes how the last process ended', async () => {
  await using house = await build()
  await house.kill()
  await house.boot()
  house.signal('SIGTERM')
  await house.ended()
  await house.boot()
  house.claude.script(silent)
  house.telegram.say(ada, 'Wait for this')
  await house.until(() => house.claude.inFlight === 1)
  house.signal('SIGTERM')
  await house.until(() => house.rows('SELECT 1 FROM boots WHERE stop_signal IS NOT NULL AND ended_at IS NULL').length > 0)
  await house.kill() // in the grace time, as a platform does
  await house.boot()
  expect(ends(house)).toEqual([null, 'crash', 'signal', 'signal'])
})

test('a job that kills the process costs its neighbours at most, and never the queue of fifty', async () => {
  await using house = await build({ env: { MAX_RUNNING_JOBS: '4', MAX_RUNNING_JOBS_PER_USER: '4' } })
  // Every board of these is silent for ever, and the process is killed whenever some of them are at it.
  house.claude.when((request) => latestUserText(request).includes('deadly'), silent)
  for (let n = 1; n <= 16; n++) house.telegram.say(ada, `/board deadly ${n}`)
  for (let n = 17; n <= 50; n++) house.telegram.say(ada, `/board harmless ${n}`)
  await house.until(() => house.rows('SELECT 1 FROM background_jobs').length === 50)
  for (const [crash, running] of [4, 4, 4, 1, 1, 1, 1].entries()) {
    await house.until(() => statuses(house, 'running') === running)
    if (crash >= 3) expect(statuses(house, 'queued')).toBe(50 - 12 - (crash - 2))
    await house.kill()
    expect(statuses(house, 'running')).toBe(running)
    await house.boot()
  }
  await house.until(() => statuses(house, 'done') === 34, 60_000)
  expect(statuses(house, 'failed')).toBe(16)
  expect(house.rows("SELECT job_id FROM job_events WHERE name = 'running' GROUP BY job_id HAVING count(*) > 1")).toEqual([])
}, 120_000)

test('an update that the process does not survive is set aside in the end, and holds up nobody', async () => {
  await using house = await build()
  house.claude.when((request) => latestUserText(request).includes('poison'), silent)
  house.telegram.say(ada, 'poison')
  await house.until(() => house.claude.inFlight === 1)
  for (let crash = 0; crash < 3; crash++) {
    await house.kill()
    await house.boot()
    await house.until(() => house.claude.inFlight === 1)
  }
  // From here on each try is counted at its beginning; seven more are written by hand, since they take five seconds each.
  await house.kill()
  const { default: Sqlite } = await import('better-sqlite3')
  const db = new Sqlite(house.file)
  expect(db.prepare('SELECT attempts FROM updates').pluck().get()).toBe(1)
  db.exec('UPDATE updates SET attempts = 10')
  db.close()
  await house.boot()
  await house.heard(ada, 'Sorry, something went wrong on my side')
  expect(house.rows('SELECT error FROM updates WHERE handled_at IS NOT NULL')).toEqual([
    { error: 'Error: the process ended again and again while this was handled' },
  ])
  house.claude.script({ text: 'Still here.' })
  house.telegram.say(ada, 'Are you there?')
  await house.heard(ada, 'Still here.')
})

test('an answer of which a piece was shown says after a crash that it was interrupted; another does not', async () => {
  for (const drafts of [true, false]) {
    await using house = await build({ drafts })
    const words = 'Words of an answer that is long enough to be seen while it is being written. '.repeat(20)
    house.claude.script({ text: words, chunks: 40, chunkMs: 100 })
    house.telegram.say(ada, 'Tell me something long')
    const noted = 'SELECT 1 FROM updates WHERE preview_message_id IS NOT NULL'
    await house.until(() => (drafts ? house.telegram.draft(ada.id) : house.rows(noted).length > 0))
    await house.kill()
    house.claude.script({ text: 'Here is the whole of it.' })
    await house.boot()
    await house.heard(ada, /^\(I was interrupted by a restart\. Here is the whole answer\.\)\n\nHere is the whole of it\.$/)
    expect(house.texts(ada)).toHaveLength(1)
    house.claude.script({ text: 'Another.' })
    house.telegram.say(ada, 'And now?')
    await house.heard(ada, /^Another\.$/)
  }
})

test('updates are forgotten 48 hours after they were handled, and not before', async () => {
  await using house = await build()
  for (let n = 0; n < 3; n++) house.telegram.say(ada, '/jobs')
  await house.until(() => house.rows('SELECT 1 FROM updates WHERE handled_at IS NOT NULL').length === 3)
  await house.kill()
  const { default: Sqlite } = await import('better-sqlite3')
  const db = new Sqlite(house.file)
  const age = db.prepare('UPDATE updates SET handled_at = ? WHERE id = ?')
  age.run(new Date(Date.now() - 47 * 3_600_000).toISOString(), 1)
  age.run(new Date(Date.now() - 49 * 3_600_000).toISOString(), 2)
  db.close()
  await house.boot()
  await house.until(() => house.rows('SELECT 1 FROM updates').length === 2)
  expect(house.rows('SELECT id FROM updates')).toEqual([{ id: 1 }, { id: 3 }])
})
