import { expect, test } from 'vitest'
import { ada, ben, build } from './build.ts'
import { press } from './press.ts'

const asRole =
  (role: string) =>
  ({ system }: { system?: unknown }) =>
    JSON.stringify(system ?? '').includes(`Role: ${role}`)
const silence = { fault: { kind: 'pings-only', everyMs: 50 } } as const

test('/cancel aborts the calls for real, keeps what was finished, and a late answer changes nothing', async () => {
  await using house = await build()
  for (const role of ['Finance', 'Research']) house.claude.when(asRole(role), silence)
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.rows("SELECT 1 FROM job_events WHERE type = 'step'").length === 2)
  const closed: unknown[] = []
  house.claude.events.on('closed', (event) => closed.push(event))
  house.telegram.say(ada, '/cancel 1')
  const notice = await house.heard(ada, /^⏹ #1 board: stopped by you$/)
  await house.until(() => closed.length >= 2)
  expect(house.job(1)).toMatchObject({ status: 'failed', result_text: 'stopped by you' })
  expect(await press(house, ada, notice, 'steps:1')).toBe('Here is what there is of #1.')
  await house.heard(ada, '2 of 5 directors were in when it was stopped.')
  house.telegram.say(ada, '/cancel 1')
  await house.heard(ada, '#1 had already ended: /job 1')
  await house.delivered()
  expect(house.rows("SELECT 1 FROM deliveries WHERE job_id = 1 AND purpose = 'outcome'")).toHaveLength(1)
})

test('a job that waits is called off, and the next one moves up', async () => {
  await using house = await build({ env: { MAX_RUNNING_JOBS: '1' } })
  const gate = house.claude.gate()
  house.claude.when(() => true, { text: 'x', hold: gate.promise })
  for (const topic of ['one', 'two', 'three']) house.telegram.say(ada, `/board ${topic}`)
  await house.heard(ada, 'Queued #3, 2nd in line')
  house.telegram.say(ada, '/cancel')
  await house.heard(ada, 'Which one? Several are under way')
  house.telegram.say(ada, '/cancel #2')
  await house.heard(ada, /^⏹ #2 board: stopped by you$/)
  expect(house.rows("SELECT name FROM job_events WHERE job_id = 2 AND type = 'transition'").map((row) => row.name)).toEqual([
    'queued',
    'failed',
  ])
  await house.heard(ada, 'Queued #3, 1st in line')
  gate.open()
  await house.heard(ada, '✅ #3 board')
})

test('[Stop] works beside a chat turn that is being answered, and only for whose job it is', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.when(asRole('Critic'), silence)
  house.telegram.say(ada, '/board Should I move?')
  const started = await house.heard(ada, 'Started #1')
  await house.until(() => house.claude.requests.some(({ body }) => asRole('Critic')(body)))
  house.claude.script({ text: 'At length.', hold: gate.promise })
  house.telegram.say(ada, 'Tell me something long')
  await house.until(() => house.rows('SELECT 1 FROM updates WHERE handled_at IS NULL').length === 1)
  house.telegram.say(ben, '/cancel 1')
  await house.heard(ben, 'You have no job #1.')
  expect(await press(house, ben, started, 'stop:1')).toBe('This button was sent to somebody else.')
  expect(house.job(1)?.status).toBe('running')
  expect(await press(house, ada, started, 'stop:1')).toBe('#1 is stopped.')
  expect(await press(house, ada, started, 'stop:1')).toBe('#1 had already ended: /job 1')
  gate.open()
  await house.heard(ada, 'At length.')
})

test('a stop that was stored and not yet heard of survives a crash', async () => {
  await using house = await build()
  house.claude.when(asRole('Critic'), silence)
  house.telegram.say(ada, '/board Should I move?')
  await house.heard(ada, 'Started #1')
  await house.until(() => house.job(1)?.status === 'running')
  house.telegram.fail({ times: Number.POSITIVE_INFINITY, fault: { kind: 'server-error' } })
  house.telegram.say(ada, '/cancel 1')
  await house.until(() => house.job(1)?.status === 'failed')
  await house.kill()
  house.telegram.clearFaults()
  await house.boot()
  await house.heard(ada, /^⏹ #1 board: stopped by you$/)
  await house.delivered()
  expect(house.texts(ada).filter((text) => text.includes('stopped by you'))).toHaveLength(1)
})
