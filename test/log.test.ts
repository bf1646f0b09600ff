import { expect, test } from 'vitest'
import { ada, ben, build, type House } from './build.ts'

type Line = Record<string, unknown> & { msg?: string }

function linesOf(house: House): Line[] {
  return house.log.flatMap((line) => {
    try {
      return [JSON.parse(line)]
    } catch {
      return []
    }
  })
}
const said = (house: House, msg: string) => linesOf(house).filter((line) => line.msg === msg)
const updateIdOf = (house: House, person: { id: number }) =>
  house.rows<{ update_id: number }>('SELECT update_id FROM updates WHERE chat_id = ? ORDER BY id', person.id)[0]?.update_id

test('every line names its boot, and another boot by another name', async () => {
  await using house = await build()
  const first = (await house.get('/health')).body.boot_id
  const before = linesOf(house).length
  await house.kill()
  await house.boot()
  const second = (await house.get('/health')).body.boot_id
  const lines = linesOf(house)
  expect(before).toBeGreaterThan(0)
  expect(lines.slice(0, before).map(({ bootId }) => bootId)).toEqual(Array(before).fill(first))
  expect(new Set(lines.slice(before).map(({ bootId }) => bootId))).toEqual(new Set([second]))
})

test('what a job does beside everything else is logged with its number and the update that asked, and with no other', async () => {
  await using house = await build({ env: { MAX_RUNNING_JOBS: '1', MAX_MODEL_CALLS: '1' } })
  house.claude.fail({ times: 1, fault: { kind: 'overloaded' } })
  house.telegram.say(ada, '/board one')
  await house.until(() => said(house, 'A job begins').length === 1)
  house.claude.fail({ times: 1, fault: { kind: 'overloaded' } })
  house.telegram.say(ben, '/board two')
  await house.heard(ada, '✅ #1 board')
  await house.heard(ben, '✅ #2 board')
  await house.until(() => said(house, 'A job ended').length === 2)
  const asked = [updateIdOf(house, ada), updateIdOf(house, ben)]
  for (const msg of ['A job begins', 'A job ended'])
    expect(said(house, msg).map(({ jobId, updateId }) => [jobId, updateId])).toEqual([
      [1, asked[0]],
      [2, asked[1]],
    ])
  const retries = said(house, 'A call to Claude is tried again')
  expect(retries).toHaveLength(2)
  for (const { jobId, updateId } of retries) expect(updateId).toBe(asked[Number(jobId) - 1])
})

test("two people at once: from the update to the delivery no line carries what is another's", async () => {
  await using house = await build({ env: { LOG_LEVEL: 'debug', MAX_RUNNING_JOBS: '4', MAX_MODEL_CALLS: '2' } })
  const people = [ada, ben]
  house.claude.fail({ times: 3, fault: { kind: 'overloaded' } })
  for (const words of ['Hello', '/board one', '/research two', 'And now?', '/jobs'])
    for (const person of people) house.telegram.say(person, `${words} ${words.startsWith('/jobs') ? '' : person.first_name}`)
  await house.until(() => house.rows("SELECT 1 FROM background_jobs WHERE status = 'done'").length === 4)
  await house.until(() => house.rows('SELECT 1 FROM updates WHERE handled_at IS NULL').length === 0)
  await house.delivered()
  await house.until(() => said(house, 'A job ended').length === 4)

  const jobs = house.rows<{ id: number; update_id: number; user_id: number }>('SELECT * FROM background_jobs')
  const askedBy = new Map(jobs.map((job) => [job.id, job.update_id]))
  const chatOf = new Map(
    house.rows<{ update_id: number; chat_id: number }>('SELECT * FROM updates').map((row) => [row.update_id, row.chat_id]),
  )
  for (const { jobId, updateId, updateIds = [], deliveryId, msg } of linesOf(house)) {
    if (jobId && !deliveryId) expect([msg, updateId]).toEqual([msg, askedBy.get(Number(jobId))])
    expect(new Set((updateIds as number[]).map((id) => chatOf.get(id))).size, msg).toBeLessThanOrEqual(1)
    if (deliveryId) expect(updateId, msg).toBeUndefined() // the outbox is nobody's
  }
  const calls = said(house, 'A call to Claude ended')
  for (const { id } of jobs) {
    const rows = house.rows('SELECT 1 FROM model_calls WHERE job_id = ?', id).length
    expect(calls.filter(({ jobId, status }) => jobId === id && status === '200')).toHaveLength(rows)
  }
  for (const person of people) {
    const turns = calls.filter(
      ({ jobId, updateId, status }) => !jobId && status === '200' && chatOf.get(Number(updateId)) === person.id,
    )
    const rows = house.rows('SELECT 1 FROM model_calls WHERE user_id = ? AND job_id IS NULL', person.id)
    expect(turns).toHaveLength(rows.length)
  }
  await house.until(
    () => said(house, 'A message was sent').length === house.rows("SELECT 1 FROM deliveries WHERE state = 'sent'").length,
  )
  const sent = said(house, 'A message was sent').map(({ deliveryId, jobId }) => [deliveryId, jobId])
  const stored = house.rows<{ id: number; job_id: number | null }>("SELECT * FROM deliveries WHERE state = 'sent'")
  expect(new Map(sent as [number, number][])).toEqual(new Map(stored.map((row) => [row.id, row.job_id])))
  const taken = said(house, 'An update is on disk').map(({ updateId }) => updateId)
  expect(new Set(taken)).toEqual(new Set(chatOf.keys()))
  const handled = said(house, 'An update was handled').flatMap(({ updateId, updateIds }) => updateIds ?? [updateId])
  expect(new Set(handled)).toEqual(new Set(chatOf.keys()))
  for (const secret of [house.env.TELEGRAM_BOT_TOKEN, house.env.ANTHROPIC_API_KEY, 'And now?', 'one Ada'])
    expect(house.log.join('\n')).not.toContain(secret)
})

test('a board that goes on without a director logs why', async () => {
  await using house = await build()
  house.claude.fail({ times: 1, fault: { kind: 'bad-request', message: 'No such thing' } })
  house.telegram.say(ada, '/board one')
  await house.heard(ada, '✅ #1 board')
  const [step, ...more] = said(house, 'A step of a job failed')
  expect(more).toEqual([])
  expect(step).toMatchObject({ jobId: 1, updateId: updateIdOf(house, ada), step: expect.any(String) })
  expect(JSON.stringify(step?.err)).toContain('No such thing')
})

test('what is logged while an update is handled names it', async () => {
  await using house = await build()
  house.claude.fail({ times: 1, fault: { kind: 'overloaded' } })
  house.telegram.say(ada, 'Hello')
  await house.until(() => house.rows('SELECT 1 FROM updates WHERE handled_at IS NOT NULL').length === 1)
  const [retry] = said(house, 'A call to Claude is tried again')
  expect(retry).toMatchObject({ updateId: updateIdOf(house, ada) })
  expect(retry).not.toHaveProperty('jobId')
  expect(retry).not.toHaveProperty('updateIds')
})

test('a line is JSON, and each of its names stands in it once', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board one')
  await house.heard(ada, '✅ #1 board')
  for (const line of house.log.filter((printed) => !printed.startsWith('.env not found'))) {
    const names = [...line.matchAll(/[{,]"(\w+)":/g)].map(([, name]) => name)
    expect(new Set(names).size, line).toBe(names.length)
    expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number), time: expect.any(Number), msg: expect.any(String) })
  }
})

test('what the outbox and the queue do of themselves carries no update that happened to wake them', async () => {
  await using house = await build()
  house.telegram.fail({ method: 'sendMessage', fault: { kind: 'server-error' } })
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  const [waits] = said(house, 'A message waits')
  expect(waits).toMatchObject({ deliveryId: 1, bootId: expect.any(String) })
  expect(waits).not.toHaveProperty('updateId')
})
