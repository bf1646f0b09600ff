import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { ada, ben, build } from './build.ts'

test('the routes of the inspection do not exist without a token', async () => {
  await using house = await build({ env: { INSPECTION_TOKEN: '' } })
  expect((await house.get('/jobs')).status).toBe(404)
  expect((await house.get('/jobs/1')).status).toBe(404)
})

test('a wrong or missing token is 401, as JSON, before anything else is looked at', async () => {
  await using house = await build()
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic abc' }] as Record<string, string>[]) {
    const { status, body } = await house.get('/jobs?status=nonsense', headers)
    expect(status).toBe(401)
    expect(body).toEqual({ statusCode: 401, error: 'Unauthorized', message: expect.any(String) })
  }
})

test('bad ids and filters are 400 and unknown jobs 404', async () => {
  await using house = await build()
  const refused = [
    '/jobs/abc',
    '/jobs/0',
    '/jobs/1.5',
    '/jobs/9007199254740993',
    '/jobs?status=finished',
    '/jobs?status=',
    '/jobs?status=done&status=failed',
    '/jobs?limit=0',
    '/jobs?limit=101',
    '/jobs?limit=x',
    '/jobs?before_id=-1',
    '/jobs?user_id=x',
    '/jobs?stauts=done',
  ]
  for (const path of refused) {
    const { status, body } = await house.get(path)
    expect(status, path).toBe(400)
    expect(body).toEqual({ statusCode: 400, error: 'Bad Request', message: expect.any(String) })
  }
  expect(await house.get('/jobs/1')).toMatchObject({ status: 404, body: { statusCode: 404, error: 'Not Found' } })
})

test('jobs are listed newest first, filtered exactly, page by page', async () => {
  await using house = await build()
  for (const [person, text] of [
    [ada, 'one'],
    [ben, 'two'],
    [ada, 'three'],
  ] as const) {
    house.telegram.say(person, `/board ${text}`)
    await house.heard(person, /^✅/)
    await house.until(() => house.texts(person).filter((line) => line.startsWith('✅')).length > 0)
  }
  await house.until(() => house.rows("SELECT 1 FROM background_jobs WHERE status = 'done'").length === 3)
  const first = await house.get('/jobs?limit=2')
  expect(first.body.jobs.map((job: { id: number }) => job.id)).toEqual([3, 2])
  expect(first.body.next_before_id).toBe(2)
  const second = await house.get('/jobs?limit=2&before_id=2')
  expect(second.body).toMatchObject({ jobs: [{ id: 1 }], next_before_id: null })
  const { result_text, ...columns } = house.rows('SELECT * FROM background_jobs WHERE id = 1')[0] ?? {}
  expect(second.body.jobs[0]).toEqual({ ...columns, files: [], result_length: String(result_text).length })
  const ids = async (query: string) => (await house.get(`/jobs?${query}`)).body.jobs.map((job: { id: number }) => job.id)
  expect(await ids(`user_id=${ben.id}`)).toEqual([2])
  expect(await ids('status=done')).toEqual([3, 2, 1])
  expect(await ids('status=running')).toEqual([])
  expect(await ids('job_type=board&limit=100')).toEqual([3, 2, 1])
  expect(await ids('job_type=research')).toEqual([])
})

test('one job shows its columns, steps, transitions and deliveries', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board A question')
  await house.heard(ada, 'Strategy\n')
  await house.delivered()
  const { body } = await house.get('/jobs/1')
  expect(body).toMatchObject({ ...house.rows('SELECT * FROM background_jobs')[0], files: [] })
  expect(body.steps.at(-1)).toMatchObject({ name: 'Critic', outcome: 'done', text: expect.any(String) })
  expect(body.transitions).toEqual([
    { status: 'queued', at: body.created_at },
    { status: 'running', at: body.started_at },
    { status: 'done', at: body.completed_at },
  ])
  const sent = house.telegram.sent(ada.id)
  expect(body.deliveries.map((delivery: { message_id: number }) => delivery.message_id)).toEqual(
    sent.map(({ message_id }) => message_id),
  )
  expect(body.deliveries[0]).toMatchObject({
    purpose: 'acknowledgement',
    part: 1,
    state: 'sent',
    attempts: 1,
    next_attempt_at: null,
    error: null,
  })
})

test('health and readiness answer without a token', async () => {
  await using house = await build({ env: { COMMIT_SHA: 'abc123' } })
  const boot = house.rows<{ id: string; started_at: string }>('SELECT * FROM boots')[0]
  expect(await house.get('/health', {})).toEqual({
    status: 200,
    body: {
      status: 'alive',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      commit: 'abc123',
      boot_id: boot?.id,
      started_at: boot?.started_at,
    },
  })
  expect(await house.get('/ready', {})).toEqual({ status: 200, body: { status: 'ready' } })
})

test("Debian's sqlite3 shell reads and writes every table beside the running service", async () => {
  await using house = await build()
  const shell = (sql: string) =>
    execFileSync('sqlite3', ['-cmd', '.timeout 2000', house.file, sql], { encoding: 'utf8' }).trim()
  try {
    shell('SELECT 1')
  } catch {
    process.stdout.write('SKIPPED: there is no sqlite3 shell on this machine\n')
    return
  }
  shell(
    "INSERT INTO background_jobs (user_id, job_type, status, input_text, created_at) VALUES (41, 'board', 'queued', 'by hand', '2026-01-01T00:00:00.000Z')",
  )
  shell("INSERT INTO job_events (job_id, type, name) VALUES (1, 'step', 'by hand')")
  shell("INSERT INTO updates (update_id, handled_at) VALUES (1, 'x')")
  shell(`INSERT INTO deliveries (chat_id, purpose, payload) VALUES (41, 'reply', '{"text":"by hand"}')`)
  shell("INSERT INTO messages (chat_id, user_id, turn, ordinal, role, content) VALUES (41, 41, 1, 0, 'user', '[]')")
  shell("INSERT INTO boots (id, pid, host, version, started_at, last_seen_at) VALUES ('x', 1, 'h', '0', '2020', '2020')")
  shell("INSERT INTO summaries (chat_id, up_to_turn, content, tokens) VALUES (41, 1, 'by hand', 1)")
  shell("INSERT INTO status_messages (job_id, shown) VALUES (1, 'by hand')")
  shell("INSERT INTO model_calls (user_id, kind, model) VALUES (41, 'chat', 'by hand')")
  shell("INSERT INTO refusals VALUES (1, 'x')")
  shell("INSERT INTO settings VALUES ('k', 'v')")
  const tables = shell("SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").split(
    ',',
  )
  for (const table of tables) expect(Number(shell(`SELECT count(*) FROM ${table}`)), table).toBeGreaterThan(0)
  expect(shell('SELECT status FROM background_jobs')).toMatch(/queued|running|done/)
  house.telegram.say(ada, '/board Wake up')
  await house.heard(ada, '✅ #1 board')
  await house.heard(ada, 'by hand')
})
