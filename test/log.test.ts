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
