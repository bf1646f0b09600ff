import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { Api } from '../../src/telegram/api.ts'
import { ada, build, type House } from '../build.ts'
import { pollBeside } from './poll-beside.ts'
import { runCommand, secretsOf } from './run-command.ts'

const house = () => build({ asleep: true, env: { SHUTDOWN_GRACE_SECONDS: '1', INSPECTION_TOKEN: undefined } })
const webhook = { url: 'https://remy.example.org/telegram/webhook', secret_token: 'hush' }

async function setWebhook({ telegram }: House) {
  await new Api(telegram.token, telegram.url).setWebhook(webhook.url, { secret_token: webhook.secret_token })
}

async function deletions({ telegram }: House) {
  return telegram.calls.filter(({ method }) => method === 'deleteWebhook').map(({ payload }) => payload)
}

test('what is said to a bot without a webhook is answered by the real service, and SIGTERM ends both with code 0', async () => {
  await using home = await house()
  home.env.PUBLIC_URL = webhook.url
  home.env.FLY_APP_NAME = 'remy'
  home.env.TELEGRAM_WEBHOOK_SECRET = undefined
  home.telegram.say(ada, 'Said before it began')
  await using dev = runCommand('dev', home.env)
  await dev.line('Write to https://t.me/remy_local_bot')
  await home.heard(ada, 'offline model')
  home.claude.script({ text: 'Heard by getUpdates.' })
  await home.telegram.until(() => home.telegram.polling())
  home.telegram.say(ada, 'Are you there?')
  await home.heard(ada, 'Heard by getUpdates.')
  await home.telegram.idle()
  await home.delivered()
  expect(home.rows('SELECT update_id FROM updates')).toHaveLength(2)
  expect(home.telegram.calls.map(({ method }) => method)).not.toContain('setWebhook')
  const poll = home.telegram.calls.find(({ method }) => method === 'getUpdates')
  expect(poll?.payload).toMatchObject({ allowed_updates: ['message', 'edited_message', 'callback_query', 'my_chat_member'] })

  dev.signal('SIGTERM')
  expect(await dev.ended).toBe(0)
  expect(home.rows('SELECT ended_at FROM boots')).toEqual([{ ended_at: expect.any(String) }])
  expect(dev.output()).toMatch(/^\d\d:\d\d:\d\d info Stopping signal=SIGTERM$/m)
  for (const secret of secretsOf(home)) expect(dev.output()).not.toContain(secret)
})

test('an update that the service cannot store comes again, is confirmed only then, and acts once', async () => {
  await using home = await house()
  await using dev = runCommand('dev', home.env)
  await dev.line('Write to')
  const beside = new Sqlite(home.file)
  beside.exec('BEGIN IMMEDIATE')
  home.telegram.say(ada, '/board Should I move?')
  await dev.line(/did not take update \d+ \(status 503\): it comes again/)
  expect(home.telegram.pending()).toBe(1)
  beside.exec('COMMIT')
  beside.close()
  await dev.line(/has taken update \d+/)
  await home.heard(ada, 'Started #1')
  await home.telegram.idle()
  expect(home.rows('SELECT id FROM background_jobs')).toHaveLength(1)
})

test('it steps aside where a webhook is set, and names its host alone', async () => {
  await using home = await house()
  await setWebhook(home)
  await using dev = runCommand('dev', home.env)
  expect(await dev.ended).toBe(1)
  expect(dev.lines).toHaveLength(1)
  expect(dev.output()).toContain('the webhook at remy.example.org, so none come here')
  expect(dev.output()).toContain('npm run dev -- --take-over')
  expect(dev.output()).not.toMatch(/telegram\/webhook|hush/)
  expect(await deletions(home)).toEqual([])
})

test('told to take over, it deletes the webhook, keeps what waited, and says how to set it back', async () => {
  await using home = await house()
  await setWebhook(home)
  home.telegram.say(ada, '/jobs')
  await using dev = runCommand('dev', home.env, '--take-over')
  await dev.line('The webhook at remy.example.org is deleted')
  expect(dev.output()).toContain('restart the service there')
  await home.heard(ada, 'No background jobs')
  expect(await deletions(home)).toEqual([{ drop_pending_updates: false }])
})

test('another process that polls once is waited for', async () => {
  await using home = await house()
  await using dev = runCommand('dev', home.env)
  await dev.line('Write to')
  await home.telegram.until(() => home.telegram.polling())
  await pollBeside(home.telegram)
  await dev.line('Another process takes the updates of this bot too (409)')
  home.telegram.say(ada, '/jobs')
  await home.heard(ada, 'No background jobs')
})

test('a webhook that is set meanwhile ends it with code 1, and the service with it', async () => {
  await using home = await house()
  await using dev = runCommand('dev', home.env)
  await dev.line('Write to')
  await home.telegram.until(() => home.telegram.polling())
  await setWebhook(home)
  await dev.line(/A webhook was set meanwhile\..*remy\.example\.org/)
  expect(await dev.ended).toBe(1)
  expect(home.rows('SELECT ended_at FROM boots')).toEqual([{ ended_at: expect.any(String) }])
})

test.each(['1:wrong-token', '7000000001:another-token'])(
  'a token that Telegram does not know is one sentence and code 1',
  async (token) => {
    await using home = await house()
    await using dev = runCommand('dev', { ...home.env, TELEGRAM_BOT_TOKEN: token })
    expect(await dev.ended).toBe(1)
    expect(dev.lines).toEqual([expect.stringContaining('Telegram does not know this TELEGRAM_BOT_TOKEN')])
    expect(dev.output()).not.toContain(token.split(':')[1])
  },
)

test('mistakes of the configuration are named before anything else', async () => {
  await using dev = runCommand('dev', { PATH: process.env.PATH, TELEGRAM_BOT_TOKEN: '1:x' })
  expect(await dev.ended).toBe(1)
  expect(dev.output()).toContain('ANTHROPIC_API_KEY is missing')
  expect(dev.output()).not.toContain('TELEGRAM_WEBHOOK_SECRET')
})

test('a service that ends by itself ends dev with its code', async () => {
  await using home = await build({ env: { SHUTDOWN_GRACE_SECONDS: '1' } }) // this one holds the database
  await new Api(home.telegram.token, home.telegram.url).deleteWebhook()
  await using dev = runCommand('dev', home.env)
  expect(await dev.ended).toBe(75)
  expect(dev.output()).toContain('is in use by another Remy')
  expect(dev.output()).toContain('The service ended by itself (exit code 75).')
})

test('a second signal does not wait for what runs', async () => {
  await using home = await build({ asleep: true, env: { SHUTDOWN_GRACE_SECONDS: '60' } })
  home.claude.fail({ fault: { kind: 'stall' } })
  await using dev = runCommand('dev', home.env)
  await dev.line('Write to')
  home.telegram.say(ada, '/board Should I move?')
  await home.heard(ada, 'Started #1')
  const pressing = setInterval(() => dev.signal('SIGINT'), 100) // two that come at the same moment are one
  expect(await dev.ended).toBe(0)
  clearInterval(pressing)
  expect(dev.output()).toContain('A second signal: ending at once')
  expect(home.job(1)).toMatchObject({ status: 'failed', result_text: 'interrupted by restart' })
})

test('a dev that is killed leaves no service behind', async () => {
  await using home = await house()
  await using dev = runCommand('dev', home.env)
  await dev.line('Write to')
  const [boot] = home.rows<{ pid: number }>('SELECT pid FROM boots')
  dev.signal('SIGKILL')
  await dev.ended
  await home.until(() => !isAlive(boot?.pid ?? 0))
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
