import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { backupOf } from '../db/copies.ts'
import { ada, ben, build, type House, SECRET } from './build.ts'

const HOUR_MS = 60 * 60_000
const owned = { OWNER_USER_ID: String(ada.id), COMMIT_SHA: 'abc123def4567890' }

const report = (house: House) => house.heard(ada, '🩺 Remy')
const calls = (house: House, method: string) => house.telegram.calls.filter((call) => call.method === method)

test('/status tells the owner how the service is', async () => {
  await using house = await build({ env: { ...owned, MONTHLY_BUDGET_USD: '50' }, asleep: true })
  mkdirSync(dirname(house.file), { recursive: true })
  // The next is not due for hours; what is no backup of the service's own does not count.
  for (const path of [backupOf(house.file, new Date(Date.now() - 3 * HOUR_MS)), `${house.file}.backup-by-hand`])
    writeFileSync(path, '')
  await house.boot()
  await house.kill()
  await house.boot()
  house.claude.fail({ times: 100, fault: { kind: 'stall', after: 'start' } })
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.job(1)?.status === 'running')
  await house.delivered()
  house.telegram.say(ada, '/status')
  const { text } = await report(house)
  expect(text).toMatch(/^🩺 Remy \d+\.\d+\.\d+, commit abc123def456$/m)
  expect(text).toMatch(/^Up since \d\d:\d\d \(\d+ s\)$/m)
  expect(text).toMatch(/^The process before: gone without a word \(a crash, or a kill\); last seen .*\d\d:\d\d$/m)
  expect(text).toContain('Jobs: 1 running, 0 queued')
  expect(text).toMatch(/^Webhook: 0 pending, no error$/m)
  expect(text).toMatch(/^Disk: [\d.]+ [KMG]B free of [\d.]+ [KMG]B, the database has [\d.]+ [KMG]B$/m)
  expect(text).toMatch(/^Last backup: .*\d\d:\d\d, 3 h( 1 min)? ago$/m)
  expect(text).toMatch(/^Unsent messages: none$/m)
  expect(text).toContain('This month: $0.00 of $50.00, over everyone')
})

test('/status says so where Telegram does not answer, and where there is no backup', async () => {
  await using house = await build({ env: owned })
  await house.until(() => calls(house, 'getWebhookInfo').length > 0 || calls(house, 'setMyCommands').length > 0)
  house.telegram.fail({ method: 'getWebhookInfo', fault: { kind: 'reset' } })
  house.telegram.say(ada, '/status')
  const { text } = await report(house)
  expect(text).toContain('Webhook: Telegram does not answer')
  expect(text).toContain('Last backup: none')
  expect(text).toContain('The process before: there was none')
})

test('/status tells why the process before ended', async () => {
  await using house = await build({ env: owned, asleep: true })
  // A signal that the service does not know makes something throw that nobody catches.
  const thrower = join(house.folder, 'src', 'thrower.mjs')
  mkdirSync(dirname(thrower))
  writeFileSync(thrower, "\nprocess.on('SIGHUP', () => JSON.parse('what Ada wrote'))\n")
  house.env.NODE_OPTIONS = `--import ${thrower}`
  await house.boot()
  house.signal('SIGHUP')
  expect(await house.ended()).toBe(1)
  await house.boot()
  house.telegram.say(ada, '/status')
  const { text } = await report(house)
  expect(text).toMatch(
    /^The process before: ended by an error \(SyntaxError at src\/thrower\.mjs:2:\d+\); last seen .*\d\d:\d\d$/m,
  )
  expect(
    house
      .rows('SELECT * FROM settings')
      .map((row) => JSON.stringify(row))
      .join(),
  ).not.toContain('Ada')
  house.signal('SIGTERM')
  expect(await house.ended()).toBe(0)
  await house.boot()
  house.telegram.say(ada, '/status')
  const after = await house.heard(ada, 'SIGTERM')
  expect(after.text).toMatch(/^The process before: ended by SIGTERM, \d\d:\d\d$/m)
})

test('/status tells what waits to be sent, and what Telegram could not deliver', async () => {
  await using house = await build({ env: { ...owned, MAX_RUNNING_JOBS: '1' } })
  house.claude.fail({ times: 100, fault: { kind: 'stall', after: 'start' } })
  house.telegram.fail({ method: 'sendMessage', chatId: ben.id, times: 100, fault: { kind: 'server-error' } })
  house.telegram.say(ben, '/board one')
  house.telegram.say(ben, '/board two')
  await house.until(() => house.job(1)?.status === 'running' && house.job(2))
  // Telegram looks for the service where nobody is: what it cannot deliver is brought by hand.
  const failed = once(house.telegram.events, 'push')
  house.telegram.target({ url: 'http://127.0.0.1:1/telegram/webhook', secret: SECRET })
  const update = house.telegram.say(ada, '/status')
  await failed
  const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET, connection: 'close' }
  await fetch(`${house.url}/telegram/webhook`, { method: 'POST', headers, body: JSON.stringify(update) })
  const { text } = await report(house)
  expect(text).toContain('Jobs: 1 running, 1 queued')
  expect(text).toMatch(/^Webhook: 1 pending, last error \d\d:\d\d, \d+ s ago: \S+/m)
  expect(text).toMatch(/^Unsent messages: 2, the oldest from \d\d:\d\d, \d+ s ago$/m)
})

test('to others, and where there is no owner, /status is no command', async () => {
  await using house = await build({ env: owned })
  house.telegram.say(ben, '/status')
  await house.heard(ben, "I don't know that command")
  await using ownerless = await build()
  ownerless.telegram.say(ada, '/status')
  await ownerless.heard(ada, "I don't know that command")
  expect(calls(ownerless, 'setMyCommands').length).toBeLessThanOrEqual(1)
})

test('the owner alone has it in the menu, which is set once, and taken back from who owns the service no more', async () => {
  await using house = await build({ env: owned })
  const scoped = (method: string) => calls(house, method).filter(({ payload }) => 'scope' in payload)
  const [menu] = await house.until(() => scoped('setMyCommands').length === 1 && scoped('setMyCommands'))
  expect(menu?.payload).toMatchObject({ scope: { type: 'chat', chat_id: ada.id } })
  const names = (of: unknown) => (of as { command: string }[]).map(({ command }) => command)
  expect(names(menu?.payload.commands)).toContain('status')
  await house.until(() => house.rows("SELECT 1 FROM settings WHERE key = 'owner_menu_of'").length === 1)
  const everybody = await house.until(() => calls(house, 'setMyCommands').find(({ payload }) => !('scope' in payload)))
  expect(names(everybody.payload.commands)).not.toContain('status')

  await house.kill()
  await house.boot()
  await house.until(() => scoped('getMyCommands').length === 2)
  house.telegram.say(ada, '/status')
  await report(house)
  expect(scoped('setMyCommands')).toHaveLength(1)

  await house.kill()
  house.env.OWNER_USER_ID = undefined
  await house.boot()
  const [removed] = await house.until(() => scoped('deleteMyCommands').length === 1 && scoped('deleteMyCommands'))
  expect(removed?.payload).toMatchObject({ scope: { type: 'chat', chat_id: ada.id } })
})
