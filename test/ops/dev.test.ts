import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createHand } from '../../ops/dev/hand.ts'
import { relay } from '../../ops/dev/relay.ts'
import { createBotApi } from '../../playground/bot-api/server.ts'
import { Api } from '../../src/telegram/api.ts'
import { ada, build, type House } from '../build.ts'
import { runCommand, secretsOf } from './run-command.ts'

const house = () => build({ asleep: true, env: { SHUTDOWN_GRACE_SECONDS: '1', INSPECTION_TOKEN: undefined } })
const webhook = { url: 'https://remy.example.org/telegram/webhook', secret_token: 'hush' }

async function setWebhook({ telegram }: House) {
  await new Api(telegram.token, telegram.url).setWebhook(webhook.url, { secret_token: webhook.secret_token })
}

async function deletions({ telegram }: House) {
  return telegram.calls.filter(({ method }) => method === 'deleteWebhook').map(({ payload }) => payload)
}

/** Another process that takes the updates, for one poll. */
async function pollBeside({ telegram }: Pick<House, 'telegram'>, timeout = 0) {
  await fetch(`${telegram.url}/bot${telegram.token}/getUpdates?timeout=${timeout}`)
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

test('what was taken before a stop is confirmed by it, and what was not comes again', async () => {
  await using telegram = await createBotApi()
  const stopping = new AbortController()
  const first = telegram.say(ada, 'one')
  const second = telegram.say(ada, 'two')
  const hand = async ({ update_id }: { update_id: number }) => {
    if (update_id === first.update_id) return
    stopping.abort(new Error('stop'))
    throw stopping.signal.reason
  }
  const options = { api: new Api(telegram.token, telegram.url), hand, say: () => {}, signal: stopping.signal }
  await expect(relay(options)).rejects.toThrow('stop')
  expect(telegram.pending()).toBe(1)
  expect(telegram.messages(ada.id).map(({ delivered }) => delivered)).toEqual([true, false])
  expect(telegram.calls.at(-1)).toMatchObject({ method: 'getUpdates', payload: { offset: second.update_id, timeout: 0 } })
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
  await pollBeside(home)
  await dev.line('Another process takes the updates of this bot too (409)')
  home.telegram.say(ada, '/jobs')
  await home.heard(ada, 'No background jobs')
})

test('another process that keeps polling ends it, after several tries', async () => {
  await using telegram = await createBotApi()
  const said: string[] = []
  const stopping = new AbortController()
  const api = new Api(telegram.token, telegram.url)
  telegram.events.on('poll', ({ timeoutSeconds }) => timeoutSeconds > 0 && void pollBeside({ telegram }))
  const polling = relay({ api, hand: async () => {}, say: (line) => said.push(line), signal: stopping.signal, pauseMs: 1 })
  await expect(polling).rejects.toThrow('The other process still takes the updates')
  expect(said).toEqual(['Another process takes the updates of this bot too (409). Waiting for it to end.'])
  expect(telegram.calls.filter(({ outcome }) => outcome.includes('terminated by other getUpdates'))).toHaveLength(7)
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

test('Telegram may be away, at fault or in need of a pause; each is said once', async () => {
  await using telegram = await createBotApi()
  const said: string[] = []
  const stopping = new AbortController()
  telegram.fail({ method: 'getUpdates', times: 2, fault: { kind: 'reset' } })
  telegram.fail({ method: 'getUpdates', times: 2, fault: { kind: 'server-error', status: 502 } })
  telegram.fail({ method: 'getUpdates', fault: { kind: 'rate-limit', retryAfter: 1 } })
  const { update_id } = telegram.say(ada, 'hello')
  const handed: number[] = []
  const hand = async (update: { update_id: number }) => void handed.push(update.update_id)
  const api = new Api(telegram.token, telegram.url)
  const polling = relay({ api, hand, say: (line) => said.push(line), signal: stopping.signal, pauseMs: 1 })
  polling.catch(() => {})
  await telegram.idle()
  stopping.abort(new Error('enough'))
  await expect(polling).rejects.toThrow('enough')
  expect(handed).toEqual([update_id])
  expect(said).toEqual([
    'Telegram cannot be reached; trying again until it can.',
    'Telegram has a fault (502); trying again until it has none.',
    'Telegram asks for a slower pace; waiting as long as it says.',
    'Telegram answers again.',
  ])
})

test('a service that ends by itself ends dev with its code', async () => {
  await using home = await build({ env: { SHUTDOWN_GRACE_SECONDS: '1' } }) // this one holds the database
  await new Api(home.telegram.token, home.telegram.url).deleteWebhook()
  await using dev = runCommand('dev', home.env)
  expect(await dev.ended).toBe(75)
  expect(dev.output()).toContain('is in use by another Remy')
  expect(dev.output()).toContain('The service ended by itself (exit code 75).')
})

test('an update that nobody answers stays with Telegram', async () => {
  await using telegram = await createBotApi()
  const stopping = new AbortController()
  const said = Promise.withResolvers<string>()
  const hand = createHand({ url: 'http://127.0.0.1:1', secret: 's', say: said.resolve })
  telegram.say(ada, 'hello')
  const polling = relay({ api: new Api(telegram.token, telegram.url), hand, signal: stopping.signal, say: () => {} })
  polling.catch(() => {})
  expect(await said.promise).toMatch(/did not take update \d+ \(no answer\): it comes again/)
  stopping.abort()
  await expect(polling).rejects.toThrow()
  expect(telegram.pending()).toBe(1)
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
