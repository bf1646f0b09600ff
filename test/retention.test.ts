import { existsSync, utimesSync, writeFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ada, ben, build, type House } from './build.ts'

const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 60 * 60_000)
const old = daysAgo(40).toISOString()
const recent = daysAgo(20).toISOString()
const always = Number.POSITIVE_INFINITY

function write(house: House, table: string, ...rows: Record<string, unknown>[]): void {
  const db = new Sqlite(house.file)
  for (const row of rows) {
    const names = Object.keys(row)
    db.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((name) => `:${name}`).join(', ')})`).run(row)
  }
  db.close()
}

const job = (id: number, at: string, more: Record<string, unknown> = {}) => ({
  id,
  user_id: ada.id,
  chat_id: ada.id,
  job_type: 'board',
  input_text: `Topic ${id}`,
  status: 'done',
  result_text: `Result ${id}`,
  created_at: at,
  started_at: at,
  completed_at: at,
  ...more,
})
const delivery = (id: number, at: string, more: Record<string, unknown> = {}) => ({
  id,
  chat_id: ada.id,
  purpose: 'outcome',
  payload: `{"text":"Message ${id}"}`,
  state: 'sent',
  created_at: at,
  sent_at: at,
  message_id: id,
  ...more,
})
const message = (turn: number, ordinal: number, at: string, more: Record<string, unknown> = {}) => ({
  chat_id: ada.id,
  user_id: ada.id,
  turn,
  ordinal,
  role: ordinal % 2 === 0 ? 'user' : 'assistant',
  content: `[{"type":"text","text":"Turn ${turn}, ${ordinal}"}]`,
  created_at: at,
  ...more,
})

const ids = (house: House, sql: string) => house.rows<{ id: number }>(sql).map(({ id }) => id)

async function past(house: House, retentionDays?: string): Promise<void> {
  house.env.RETENTION_DAYS = retentionDays
  await house.boot()
  if (retentionDays) await house.until(() => house.log.some((line) => line.includes('What is past the retention was removed')))
}

test('jobs that ended before the retention go with all that is theirs; what is not yet sent stays', async () => {
  await using house = await build()
  await house.kill()
  house.telegram.fail({ chatId: ben.id, times: always, fault: { kind: 'server-error' } })
  const many = Array.from({ length: 60 }, (_, index) => job(100 + index, old))
  write(house, 'deliveries', delivery(1, old), delivery(2, recent))
  write(
    house,
    'background_jobs',
    job(1, old),
    job(2, recent, { rerun_of: 1 }),
    job(3, old, { user_id: ben.id, chat_id: ben.id }),
    job(4, old, { status: 'failed' }),
    job(5, old, { status: 'failed', notice_id: 1 }),
    job(6, old, { status: 'failed', notice_id: 1, rerun_of: 5 }),
    job(7, recent, { status: 'failed', notice_id: 2 }),
    ...many,
  )
  write(
    house,
    'deliveries',
    delivery(11, old, { job_id: 1 }),
    delivery(12, recent, { job_id: 2 }),
    delivery(13, old, { job_id: 3, chat_id: ben.id, state: 'pending', sent_at: null, message_id: null }),
    delivery(14, old, { job_id: 4, state: 'failed', sent_at: null, message_id: null }),
    delivery(15, old, { job_id: 1, purpose: 'steps' }),
  )
  write(house, 'status_messages', { job_id: 1, shown: 'done', settled: 1 })
  write(house, 'model_calls', { user_id: ada.id, kind: 'board', job_id: 1, model: 'm', cost_micros: 5 })
  await past(house, '30')

  expect(ids(house, 'SELECT id FROM background_jobs ORDER BY id')).toEqual([2, 3, 7])
  expect(house.rows('SELECT rerun_of FROM background_jobs WHERE id = 2')).toEqual([{ rerun_of: null }])
  expect(ids(house, 'SELECT DISTINCT job_id AS id FROM job_events ORDER BY id')).toEqual([2, 3, 7])
  expect(ids(house, 'SELECT id FROM deliveries ORDER BY id')).toEqual([2, 12, 13])
  expect(house.rows('SELECT * FROM status_messages')).toEqual([])
  expect(house.rows('SELECT job_id, cost_micros FROM model_calls')).toEqual([{ job_id: null, cost_micros: 5 }])
  expect(house.rows('PRAGMA foreign_key_check')).toEqual([])
  expect(house.rows("SELECT rowid FROM jobs_search WHERE jobs_search MATCH 'topic' ORDER BY rowid")).toEqual([
    { rowid: 2 },
    { rowid: 3 },
    { rowid: 7 },
  ])
  house.telegram.clearFaults()
  await house.heard(ben, 'Message 13')
})

test('turns go whole, and neither one that is being answered nor what would come back behind a boundary', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.script({ text: 'x', hold: gate.promise })
  house.telegram.say(ada, 'A question from long ago')
  await house.until(() => house.claude.inFlight === 1)
  await house.kill()
  house.claude.script({ text: 'Here you are.', hold: gate.promise })
  write(
    house,
    'messages',
    message(-9, 0, old),
    message(-9, 1, old),
    message(-8, 0, old), // one that was begun before and ended after
    message(-8, 1, recent),
    message(-7, 0, old, { role: 'boundary' }),
    message(-6, 0, recent),
    message(-6, 1, recent),
    message(1, 0, old), // of the question that is not yet answered
    message(2, 0, old, { chat_id: ben.id, user_id: ben.id, role: 'boundary' }),
  )
  const summary = { chat_id: ada.id, content: 'In short', tokens: 1 }
  write(
    house,
    'summaries',
    { ...summary, up_to_turn: -9, created_at: old },
    { ...summary, up_to_turn: -8, created_at: old },
    { ...summary, up_to_turn: -7, created_at: recent },
  )
  write(
    house,
    'deliveries',
    delivery(21, old, { purpose: 'reply' }),
    delivery(22, recent, { purpose: 'reply' }),
    delivery(23, old, { purpose: 'reply', state: 'dropped', sent_at: null, message_id: null }),
  )
  await past(house, '30')
  expect(house.rows('SELECT turn, ordinal FROM messages ORDER BY turn, ordinal')).toEqual([
    { turn: -8, ordinal: 0 },
    { turn: -8, ordinal: 1 },
    { turn: -7, ordinal: 0 },
    { turn: -6, ordinal: 0 },
    { turn: -6, ordinal: 1 },
    { turn: 1, ordinal: 0 },
  ])
  expect(house.rows('SELECT up_to_turn FROM summaries ORDER BY up_to_turn')).toEqual([{ up_to_turn: -8 }, { up_to_turn: -7 }])
  expect(ids(house, 'SELECT id FROM deliveries ORDER BY id')).toEqual([22])
  gate.open()
  await house.heard(ada, 'Here you are.')
})

test('without a retention everything is kept; copies from before a migration go after a week in any case', async () => {
  await using house = await build()
  await house.kill()
  write(house, 'background_jobs', job(1, '2020-01-01T00:00:00.000Z'))
  write(house, 'messages', message(-9, 0, '2020-01-01T00:00:00.000Z'))
  for (const [name, days] of [
    ['0002', 8],
    ['0003.partial', 8],
    ['0004', 6],
  ] as const) {
    writeFileSync(`${house.file}.before-${name}`, 'a copy')
    utimesSync(`${house.file}.before-${name}`, daysAgo(days), daysAgo(days))
  }
  await past(house)
  await house.until(() => !['0002', '0003.partial'].some((name) => existsSync(`${house.file}.before-${name}`)))
  expect(existsSync(`${house.file}.before-0004`)).toBe(true)
  expect(ids(house, 'SELECT id FROM background_jobs')).toEqual([1])
  expect(house.rows('SELECT turn FROM messages')).toEqual([{ turn: -9 }])
})
