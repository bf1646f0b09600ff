import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { ada, build, type House } from './build.ts'

const asCritic = (request: { system?: unknown }) => JSON.stringify(request.system ?? '').includes('Role: Critic')
const sleepy = { IDLE_EXIT_SECONDS: '1' }
const said = (house: House, part: string) => house.log.some((line) => line.includes(part))

test('with nothing to do it ends with code 0, and the end counts as clean', async () => {
  await using house = await build({ env: sleepy })
  const watching = setInterval(() => void house.get('/health').catch(() => {}), 100) // a watcher keeps nobody awake
  expect(await house.ended()).toBe(0)
  clearInterval(watching)
  await house.boot()
  expect(house.rows('SELECT last_end FROM boots ORDER BY rowid')).toEqual([{ last_end: null }, { last_end: 'clean' }])
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  expect(await house.ended()).toBe(0)
})

test('it stays while a job runs, and ends once its result has arrived', async () => {
  await using house = await build({ env: sleepy })
  house.claude.when(asCritic, { text: 'The verdict.', firstTokenMs: 3_000 })
  house.telegram.say(ada, '/board Should I move?')
  expect(await house.ended()).toBe(0)
  expect(house.job(1)?.status).toBe('done')
  expect(house.texts(ada).some((text) => text.includes('The verdict.'))).toBe(true)
  expect(house.rows('SELECT 1 FROM status_messages WHERE settled = 0')).toEqual([])
})

test('it stays while a message is unsent', async () => {
  await using house = await build({ env: sleepy })
  house.telegram.fail({ method: 'sendMessage', times: 1, fault: { kind: 'server-error' } })
  house.telegram.say(ada, '/jobs')
  expect(await house.ended()).toBe(0)
  expect(house.texts(ada)).toEqual([expect.stringContaining('No background jobs yet.')])
})

test('a request that is under way when the listener closes has it listen again, at the same address', async () => {
  await using house = await build({ env: sleepy })
  const { hostname, port } = new URL(house.url)
  const half = connect(Number(port), hostname)
  half.write('GET /jobs HTTP/1.1\r\nhost: remy\r\n') // and the rest never comes
  await house.until(() => said(house, 'Something has come in meanwhile'))
  half.destroy()
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  expect(await house.ended()).toBe(0)
})

test('without the variable it stays', async () => {
  await using house = await build()
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  expect(house.process().exitCode).toBe(null)
  expect(readdirSync(dirname(house.file)).filter((name) => name.includes('.backup-'))).toEqual([])
})
