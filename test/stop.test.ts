import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ada, build, type House, SECRET } from './build.ts'

const asCritic = (request: { system?: unknown }) => JSON.stringify(request.system ?? '').includes('Role: Critic')

async function boardThatWaits(house: House) {
  const gate = house.claude.gate()
  house.claude.when(asCritic, { text: 'The verdict at last.', hold: gate.promise })
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.claude.requests.some(({ body }) => asCritic(body)))
  await house.heard(ada, 'Started #1')
  return gate
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s with nothing to do ends with code 0', async (signal) => {
  await using house = await build()
  house.signal(signal)
  expect(await house.ended()).toBe(0)
  expect(house.rows('SELECT ended_at FROM boots')).toEqual([{ ended_at: expect.any(String) }])
})

test('a running job may end within the grace time, while chat and commands go on and no job begins', async () => {
  await using house = await build()
  const gate = await boardThatWaits(house)
  house.signal('SIGTERM')
  await house.until(() => house.log.some((line) => line.includes('Stopping')))
  expect((await house.get('/ready')).status).toBe(503)
  expect((await house.get('/health')).status).toBe(200)
  house.telegram.say(ada, '/board Another one')
  await house.heard(ada, 'Queued #2. I am about to restart; it begins right after.')
  house.claude.script({ text: 'Still here.' })
  house.telegram.say(ada, 'Are you there?')
  await house.heard(ada, 'Still here.')
  gate.open()
  expect(await house.ended()).toBe(0)
  expect([house.job(1)?.status, house.job(2)?.status]).toEqual(['done', 'queued'])
  expect(house.texts(ada).join('\n')).toContain('The verdict at last.')
  await house.boot()
  await house.heard(ada, '✅ #2 board')
})

test('what outlives the grace time is settled as interrupted, its notice stored, code 0', async () => {
  await using house = await build({ env: { SHUTDOWN_GRACE_SECONDS: '1' } })
  await boardThatWaits(house)
  house.signal('SIGTERM')
  expect(await house.ended()).toBe(0)
  expect(house.job(1)).toMatchObject({ status: 'failed', result_text: 'interrupted by restart' })
  expect(house.rows("SELECT 1 FROM deliveries WHERE payload LIKE '%interrupted by restart%'")).toHaveLength(1)
})

test('a second signal settles at once and ends with code 0', async () => {
  await using house = await build()
  await boardThatWaits(house)
  house.telegram.fail({ method: 'sendMessage', times: Number.POSITIVE_INFINITY, fault: { kind: 'hang' } })
  house.signal('SIGTERM')
  await house.until(() => house.log.some((line) => line.includes('Stopping')))
  // Too close behind the first it counts as npm's copy of it, so it is sent until it is heard.
  await house.until(() => {
    house.signal('SIGTERM')
    return house.log.some((line) => line.includes('A second signal'))
  })
  const began = performance.now()
  expect(await house.ended()).toBe(0)
  expect(performance.now() - began).toBeLessThan(3_000) // the promise is one second; the rest is this machine's noise
  expect(house.job(1)).toMatchObject({ status: 'failed', result_text: 'interrupted by restart' })
  house.telegram.clearFaults()
  await house.boot()
  await house.heard(ada, '⚠️ #1 board: interrupted by restart')
})

test('neither Telegram hanging nor a slow client holds up the end', async () => {
  await using house = await build({ env: { SHUTDOWN_GRACE_SECONDS: '1' } })
  house.telegram.fail({ method: 'sendMessage', times: Number.POSITIVE_INFINITY, fault: { kind: 'hang' } })
  house.telegram.say(ada, '/jobs')
  await house.until(() => house.telegram.calls.some(({ method }) => method === 'sendMessage'))
  const client = connect(Number(new URL(house.url).port), '127.0.0.1')
  client.on('error', () => {})
  await once(client, 'connect')
  const head = `POST /telegram/webhook HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: ${SECRET}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"up`
  await new Promise((resolve) => client.write(head, resolve))
  house.signal('SIGTERM')
  const began = performance.now()
  expect(await house.ended()).toBe(0)
  expect(performance.now() - began).toBeLessThan(15_000) // against 20 s for the hanging call and a minute for the client
  expect(house.rows('SELECT ended_at FROM boots')).toEqual([{ ended_at: expect.any(String) }])
})

test('a chat turn under way at a stop is answered before the end', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.script({ text: 'Just in time.', hold: gate.promise })
  house.telegram.say(ada, 'Quick question')
  await house.until(() => house.claude.inFlight === 1)
  house.signal('SIGTERM')
  await house.until(() => house.log.some((line) => line.includes('Stopping')))
  gate.open()
  expect(await house.ended()).toBe(0)
  expect(house.texts(ada)).toEqual(['Just in time.'])
})

test('npm start hands a signal on: to npm alone or to its whole group, it is one polite stop', async () => {
  for (const target of ['npm', 'group'] as const) {
    await using house = await build({ asleep: true })
    const env = { ...house.env, HOME: process.env.HOME }
    const npm = spawn('npm', ['start', '--prefix', join(import.meta.dirname, '..')], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = once(npm, 'exit')
    let output = ''
    npm.stdout.on('data', (chunk) => {
      output += chunk
    })
    try {
      const url = await house.until(() => /Server listening at (http:\/\/[^"]+)/.exec(output)?.[1])
      house.telegram.target({ url: `${url}/telegram/webhook`, secret: SECRET })
      const gate = house.claude.gate()
      house.claude.when(asCritic, { text: 'The verdict at last.', hold: gate.promise })
      house.telegram.say(ada, '/board Should I move?')
      await house.until(() => house.claude.requests.some(({ body }) => asCritic(body)))
      process.kill(target === 'npm' ? (npm.pid ?? 0) : -(npm.pid ?? 0), 'SIGTERM')
      await house.until(() => output.includes('Stopping'))
      gate.open()
      expect(await ended).toEqual([0, null])
      expect(house.job(1)?.status).toBe('done')
    } finally {
      try {
        process.kill(-(npm.pid ?? 0), 'SIGKILL')
      } catch {} // it has ended, as it should
    }
  }
})

test('a service whose log nobody reads any more still works, and still ends', async () => {
  await using house = await build()
  const child = house.process()
  child.stdout?.destroy()
  house.claude.script({ text: 'Still here.' })
  house.telegram.say(ada, 'Are you there?')
  await house.heard(ada, 'Still here.')
  house.signal('SIGTERM')
  expect(await house.ended()).toBe(0)
})
