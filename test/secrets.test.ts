import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { createScrubber } from '../src/scrub.ts'
import { ada, ben, build, INSPECTION_TOKEN, SECRET } from './build.ts'

const always = Number.POSITIVE_INFINITY

test('no secret stands in a log line, a row, an answer or a chat, whatever goes wrong', async () => {
  await using house = await build({ env: { LOG_LEVEL: 'trace', STREAM_STALL_SECONDS: '1' } })
  const answers: string[] = []
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(house.url + path, init)
    answers.push(JSON.stringify([...response.headers]), await response.text())
  }
  for (const kind of ['html', 'reset', 'truncated', 'lost', 'server-error'] as const) house.telegram.fail({ fault: { kind } })
  for (const fault of [
    { kind: 'html' },
    { kind: 'reset' },
    { kind: 'server-error' },
    { kind: 'cut' },
    { kind: 'forbidden' },
    { kind: 'not-found' },
    { kind: 'credit' },
  ] as const) {
    house.claude.fail({ fault, times: 1 })
  }
  for (const text of ['/board One question', 'Hello', '/jobs', '/job 1', '/nothing', 'Hello again'])
    house.telegram.say(ada, text)
  house.telegram.sendPhoto(ada, { bytes: Buffer.from('no picture'), caption: 'What is this?' })
  house.telegram.fail({ method: 'getFile', times: 2, fault: { kind: 'html' } })
  const secretHeader = { 'x-telegram-bot-api-secret-token': SECRET, 'content-type': 'application/json' }
  await ask('/telegram/webhook', { method: 'POST', headers: secretHeader, body: '{"update_id":' })
  await ask('/telegram/webhook', { method: 'POST', headers: secretHeader, body: '{"update_id":"12"}' })
  await ask('/telegram/webhook', {
    method: 'POST',
    headers: { ...secretHeader, 'x-telegram-bot-api-secret-token': 'wrong' },
    body: '{}',
  })
  await ask('/jobs', { headers: { authorization: `Bearer ${INSPECTION_TOKEN}x` } })
  await ask('/jobs?limit=nothing', { headers: { authorization: `Bearer ${INSPECTION_TOKEN}` } })
  await ask('/jobs/1', { headers: { authorization: `Bearer ${INSPECTION_TOKEN}` } })
  await ask('/health')
  await house.until(() => house.job(1)?.completed_at)
  house.telegram.fail({
    chatId: ben.id,
    times: always,
    fault: { kind: 'refuse', error_code: 400, description: `Bad Request: bot${house.telegram.token} is odd` },
  })
  house.telegram.say(ben, '/jobs')
  await house.until(() => house.rows("SELECT 1 FROM deliveries WHERE state = 'failed'").length > 0)
  await house.until(() => house.rows('SELECT 1 FROM updates WHERE handled_at IS NULL').length === 0)
  house.signal('SIGKILL')
  await house.ended()
  await house.boot()
  house.signal('SIGTERM')
  await house.ended()

  const secrets = [
    house.telegram.token,
    house.telegram.token.split(':')[1] ?? '',
    SECRET,
    house.claude.apiKey,
    INSPECTION_TOKEN,
  ]
  const folder = dirname(house.file)
  const written: Record<string, string> = {
    'the log': house.log.join('\n'),
    'an answer': answers.join('\n'),
    'a chat': JSON.stringify([ada, ben].map((person) => house.telegram.messages(person.id))),
    ...Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')])),
  }
  expect(house.log.length).toBeGreaterThan(10)
  expect(`${written['remy.db']}${written['remy.db-wal']}`.includes('One question')).toBe(true)
  for (const [place, text] of Object.entries(written)) {
    for (const [index, secret] of secrets.entries()) expect(text.includes(secret), `secret ${index} in ${place}`).toBe(false)
  }
})

test('what is written down has its secrets taken out, in the form that a line of JSON has them too', () => {
  const scrub = createScrubber(
    readConfig({
      TELEGRAM_BOT_TOKEN: '123:half-of-the-token',
      TELEGRAM_WEBHOOK_SECRET: 'short',
      TELEGRAM_ALLOWED_USER_IDS: '*',
      ANTHROPIC_API_KEY: 'key-with-"quotes"',
    }),
  )
  expect(scrub('a bot123:half-of-the-token, b half-of-the-token, c "key-with-\\"quotes\\"", a short word')).toBe(
    'a bot[secret], b [secret], c "[secret]", a short word',
  )
})
