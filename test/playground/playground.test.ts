import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { offlineModel } from '../../playground/messages-api/offline-model.ts'
import { createMessagesApi } from '../../playground/messages-api/server.ts'
import { openPlayground } from './open-playground.ts'

it('the whole story without a key: a board, its result, a question about it, a kill in the middle of the next', async () => {
  await using playground = await openPlayground()
  const { say, hear, until, service } = playground
  await until(() => service().state === 'running' && playground.commands().includes('board'))
  expect(playground.printed()).toEqual([`Remy is at ${playground.url}`, expect.stringContaining('offline model')])
  expect(service()).toMatchObject({ boots: 1 })

  await say('/board Should I move to Lisbon?')
  await hear(/^Started #1\b/)
  await say('is my board done yet?')
  expect(await hear(/^Not yet\./)).toContain('#1')
  expect(await hear(/^✅ #1 board/)).toContain('What to do: On “Should I move to Lisbon?”')
  await say('is my board done yet?')
  await hear(/^Yes\. Board #1 .* is done/)
  await say('What did the board say?')
  const heart = await hear(/^Board #1 .* says, in short:/)
  for (const part of ['What to do:', 'The biggest risk:', 'The open question:', '/job 1']) expect(heart).toContain(part)
  expect(heart).not.toContain('Strategy')

  const before = service().pid
  await say('/board Should we get a dog?')
  await hear(/^Started #2\b/)
  await say('is my board done yet?')
  await hear(/^Not yet\. Board #2 .* is running/)
  expect(await playground.post('/restart')).toBe(204)
  await until(() => service().state === 'running' && service().boots === 2)
  expect(service().pid).not.toBe(before)
  await hear(/^⚠️ #2 board: interrupted by restart/)
  await say('/jobs')
  const jobs = await hear(/Recent background jobs/)
  expect(jobs).toMatch(/#2 board ❌ failed .*\n +interrupted by restart\n#1 board ✅ done/)

  const last = Number(service().pid)
  playground.end('SIGTERM')
  expect(await playground.ended).toBe(0)
  expect(playground.left()).toEqual([])
  expect(() => process.kill(last, 0)).toThrow('ESRCH')
  expect(playground.printed()).toHaveLength(2)
})

it('a service that dies by itself is reported in the terminal and on the page, and the button starts it again', async () => {
  await using playground = await openPlayground()
  const { until, service } = playground
  await until(() => service().state === 'running')
  process.kill(Number(service().pid), 'SIGABRT')
  await until(() => service().state === 'stopped')
  expect(service()).toMatchObject({ why: 'SIGABRT', boots: 1 })
  await until(() => playground.printed().some((line) => line.includes('Server listening')))
  expect(playground.printed()[2]).toMatch(/^The service ended by itself \(SIGABRT\)/)
  await playground.say('/help')
  await playground.post('/restart')
  await until(() => service().state === 'running' && service().boots === 2)
  await playground.hear(/\/board/)
})

it('with a key in .env Claude answers; a port that is taken is left alone', async () => {
  await using claude = await createMessagesApi({ apiKey: 'sk-ant-of-a-test', model: offlineModel({ pace: 0 }) })
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  await using playground = await openPlayground({
    env: { PLAYGROUND_PORT: port, CHAT_MODEL: 'claude-of-a-test' },
    dotenv: `ANTHROPIC_API_KEY=sk-ant-of-a-test\nANTHROPIC_BASE_URL=${claude.url}\nTELEGRAM_BOT_TOKEN=1:not-for-the-playground\n`,
  })
  expect(new URL(playground.url).port).not.toBe(port)
  expect(playground.printed()[1]).toMatch(/^Claude answers/)
  await playground.say('hello')
  await playground.hear(/^Hello!/)
  expect(claude.requests).toMatchObject([{ outcome: 'answered', body: { model: 'claude-of-a-test' } }])
  taken.close()
})
