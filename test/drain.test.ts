import { expect, test } from 'vitest'
import { ada, ben, build, type House, INSPECTION_TOKEN } from './build.ts'
import { withOneRunning } from './waiting-board.ts'

const authorization = `Bearer ${INSPECTION_TOKEN}`
const WAITS = 'I am about to restart; it begins right after.'

async function drain(house: House, method: 'POST' | 'DELETE', headers: Record<string, string> = { authorization }) {
  const response = await fetch(`${house.url}/drain`, { method, headers: { connection: 'close', ...headers } })
  return { status: response.status, body: await response.json() }
}

test('while it drains what runs ends, nothing begins, chat and commands are answered, and it stays ready', async () => {
  await using house = await build()
  const gate = await withOneRunning(house)
  expect(await drain(house, 'POST')).toEqual({ status: 202, body: { running: 1, queued: 0 } })
  house.telegram.say(ben, '/board Two')
  await house.heard(ben, `Queued #2. ${WAITS}`)
  house.telegram.say(ben, 'Hello')
  await house.until(() => house.texts(ben).length === 2)
  house.telegram.say(ben, '/jobs')
  await house.heard(ben, /#2[^\n]*board[\s\S]*Two/)
  expect((await house.get('/ready')).body).toEqual({ status: 'draining', running: 1 })
  gate.open()
  await house.heard(ada, '✅ #1 board')
  expect(await drain(house, 'POST')).toEqual({ status: 202, body: { running: 0, queued: 1 } })
  expect(await house.get('/ready')).toEqual({ status: 200, body: { status: 'draining', running: 0 } })
  expect(house.job(2)?.status).toBe('queued')

  expect((await drain(house, 'DELETE')).status).toBe(200)
  await house.heard(ben, '✅ #2 board')
  expect((await house.get('/ready')).body).toEqual({ status: 'ready' })
})

test('who waits for the restart can still call the job off', async () => {
  await using house = await build()
  await drain(house, 'POST')
  house.telegram.say(ada, '/board One')
  await house.heard(ada, WAITS)
  house.telegram.say(ada, '/cancel 1')
  await house.until(() => house.job(1)?.status === 'failed')
  expect(house.job(1)?.result_text).toBe('stopped by you')
})

test('a drain does not outlast the process, however that ends', async () => {
  await using house = await build()
  for (const [id, signal] of [
    [1, 'SIGTERM'],
    [2, 'SIGKILL'],
  ] as const) {
    house.signal('SIGUSR2')
    await house.until(() => house.log.some((line) => line.includes('"asker":"SIGUSR2"')))
    house.telegram.say(ada, `/board Question ${id}`)
    await house.heard(ada, `Queued #${id}. ${WAITS}`)
    house.signal(signal)
    expect(await house.ended()).toBe(signal === 'SIGTERM' ? 0 : signal)
    expect(house.job(id)?.status).toBe('queued')
    house.log.length = 0
    await house.boot()
    await house.heard(ada, `✅ #${id} board`)
    expect((await house.get('/ready')).body).toEqual({ status: 'ready' })
  }
})

test('a stop in the middle of a drain is a stop like any other', async () => {
  await using house = await build({ env: { SHUTDOWN_GRACE_SECONDS: '20' } })
  const gate = await withOneRunning(house)
  await drain(house, 'POST')
  house.signal('SIGTERM')
  await house.until(() => house.log.some((line) => line.includes('"Stopping"')))
  gate.open()
  expect(await house.ended()).toBe(0)
  expect(house.job(1)?.status).toBe('done')
})

test('only who has the inspection token drains', async () => {
  await using house = await build()
  for (const method of ['POST', 'DELETE'] as const) {
    expect((await drain(house, method, {})).status).toBe(401)
    expect((await drain(house, method, { authorization: `${authorization}x` })).status).toBe(401)
  }
  await using closed = await build({ env: { INSPECTION_TOKEN: undefined } })
  expect((await drain(closed, 'POST')).status).toBe(404)
})
