import { existsSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { Api } from '../../src/telegram/api.ts'
import { ALLOWED_UPDATES } from '../../src/telegram/webhook.ts'
import { build, type House } from '../build.ts'
import { examine } from './examine.ts'

const publicUrl = 'https://remy.example.org'
const asleep = () => build({ asleep: true, env: { PUBLIC_URL: publicUrl } })

async function register(
  { telegram, env }: House,
  url = `${publicUrl}/telegram/webhook`,
  kinds: readonly string[] = ALLOWED_UPDATES,
) {
  const secret_token = String(env.TELEGRAM_WEBHOOK_SECRET)
  await new Api(telegram.token, telegram.url).setWebhook(url, { secret_token, allowed_updates: [...kinds] as never })
}

test('where all is well every check says so, in one order, and the code is 0', async () => {
  await using house = await asleep()
  await register(house)
  const { code, lines } = await examine(house)
  expect(lines).toEqual([
    '✓ Configuration: all variables are as expected.',
    '✓ Bot token: Telegram knows it as Remy, @remy_local_bot.',
    '✓ Webhook: registered for remy.example.org; 0 updates wait, no error.',
    '✓ Claude key: Claude takes it.',
    '✓ Chat model: claude-sonnet-5-5 answers.',
    '✓ Job model: claude-opus-5-5 answers.',
    '✓ Web search: enabled for this key.',
    '✓ Clock: right.',
    `✓ Data folder: ${dirname(house.file)} can be made.`,
    expect.stringMatching(/^[✓–✗] Free space: \d+ [MG]B free\./),
    '– Database: not made yet; the service makes it when it starts.',
  ])
  expect(code).toBe(lines.some((line) => line.startsWith('✗')) ? 1 : 0)
  expect(existsSync(dirname(house.file))).toBe(false)
  expect(house.claude.requests.map(({ body }) => body.max_tokens)).toEqual([1, 1, 1])
  expect(house.telegram.calls.map(({ method }) => method)).toEqual(expect.arrayContaining(['getMe', 'getWebhookInfo']))
})

test('beside a running service it says who holds the database, and leaves it alone', async () => {
  await using house = await build()
  const before = readdirSync(dirname(house.file)).sort()
  const { line } = await examine(house)
  expect(line('Database')).toMatch(/^✓ Database: a service holds it: process \d+ on .+, started /)
  expect(line('Data folder')).toMatch(/^✓ .* can be written/)
  expect(line('Webhook')).toMatch(/^– Webhook: updates go to 127\.0\.0\.1:\d+, and PUBLIC_URL is not set here/)
  expect(readdirSync(dirname(house.file)).sort()).toEqual(before)
  await house.kill()
  expect((await examine(house)).line('Database')).toBe('– Database: no service holds it.')
})

test('mistakes of the configuration are listed, and what does not hang on them is checked', async () => {
  await using house = await asleep()
  Object.assign(house.env, { TELEGRAM_BOT_TOKEN: undefined, MAX_RUNNING_JOBS: 'many', TIMEZONE: 'Nowhere' })
  const { code, line } = await examine(house)
  expect(code).toBe(1)
  expect(line('Configuration')).toMatch(
    /^✗ Configuration: TELEGRAM_BOT_TOKEN is missing: .*; MAX_RUNNING_JOBS does not fit.*; TIMEZONE /,
  )
  expect(line('Bot token')).toBe('– Bot token: not checked until TELEGRAM_BOT_TOKEN can be read.')
  expect(line('Claude key')).toBe('✓ Claude key: Claude takes it.')
})

test('a wrong token', async () => {
  await using house = await asleep()
  house.env.TELEGRAM_BOT_TOKEN = '1:wrong'
  const { code, line } = await examine(house)
  expect(code).toBe(1)
  expect(line('Bot token')).toMatch(/^✗ Bot token: Telegram does not know it\. Copy TELEGRAM_BOT_TOKEN from @BotFather/)
  expect(line('Webhook')).toBe('– Webhook: not checked, since the token is wrong.')
})

test('a webhook that is missing, elsewhere, asks for other kinds, or cannot be reached', async () => {
  await using house = await asleep()
  expect((await examine(house)).line('Webhook')).toMatch(/^✗ Webhook: none is registered; 0 updates wait\. Restart the service/)
  await register(house, 'https://another.example.org/a-secret-path')
  const { code, line } = await examine(house)
  expect(code).toBe(1)
  expect(line('Webhook')).toMatch(
    /^✗ Webhook: updates go to another\.example\.org, and not to remy\.example\.org; 0 updates wait\. Restart/,
  )
  expect(line('Webhook')).not.toContain('a-secret-path')
  await register(house, `${publicUrl}/telegram/webhook`, ['message'])
  expect((await examine(house)).line('Webhook')).toMatch(
    /^✗ Webhook: it asks for other kinds of update than this version: message\./,
  )

  house.telegram.target({ url: 'http://127.0.0.1:1/', secret: 'x' })
  await register(house) // is still reached at the address before
  house.telegram.say({ id: 41, first_name: 'Ada' }, 'hello')
  await new Promise((resolve) => house.telegram.events.once('push', resolve))
  expect((await examine(house)).line('Webhook')).toMatch(
    /^✗ Webhook: registered for remy\.example\.org; 1 update waits, the last error was 0 minutes ago: Connection refused\. See that/,
  )
})

test('a wrong key, no credit, and a Claude that is too busy are told apart', async () => {
  await using house = await asleep()
  await register(house)
  const key = house.env.ANTHROPIC_API_KEY
  house.env.ANTHROPIC_API_KEY = 'sk-wrong'
  const wrong = await examine(house)
  expect(wrong.code).toBe(1)
  expect(wrong.line('Claude key')).toMatch(/^✗ Claude key: Claude refuses it \(status 401, authentication_error\)\. Make a key/)
  expect(wrong.line('Chat model')).toBe('– Chat model: not checked, for the reason above.')
  house.env.ANTHROPIC_API_KEY = key
  house.claude.fail({ fault: { kind: 'credit' } })
  const poor = await examine(house)
  expect([poor.code, poor.line('Claude key')]).toEqual([1, expect.stringMatching(/^✗ Claude key: its credit is used up\. Buy/)])
  house.claude.clearFaults()
  house.claude.fail({ fault: { kind: 'overloaded' } })
  expect((await examine(house)).line('Claude key')).toMatch(
    /^– Claude key: Claude is too busy to tell \(status 529, overloaded_error\)/,
  )
})

test('an unknown model, and a key that may not search', async () => {
  await using house = await asleep()
  await register(house)
  house.env.CHAT_MODEL = 'claude-typo'
  house.claude.fail({ fault: { kind: 'not-found' }, match: ({ model }) => model === 'claude-typo' })
  house.claude.webSearch = false
  const { code, line } = await examine(house)
  expect(code).toBe(1)
  expect(line('Claude key')).toBe('✓ Claude key: Claude takes it.')
  expect(line('Chat model')).toMatch(/^✗ Chat model: Claude does not know claude-typo.* Name another one as CHAT_MODEL\.$/)
  expect(line('Job model')).toBe('✓ Job model: claude-opus-5-5 answers.')
  expect(line('Web search')).toMatch(/^✗ Web search: not enabled for this key\. An admin can enable it/)
})

test('servers that take the question and never answer do not hang it', async () => {
  await using house = await asleep()
  house.telegram.fail({ times: Number.POSITIVE_INFINITY, fault: { kind: 'hang' } })
  house.claude.fail({ fault: { kind: 'stall' } })
  const { code, line } = await examine(house)
  expect(code).toBe(1)
  expect(line('Bot token')).toMatch(/^✗ Bot token: Telegram does not answer \(getMe: no answer in time\)\. Check the network/)
  expect(line('Claude key')).toMatch(/^✗ Claude key: Claude does not answer \(no answer in time\)\. Check the network/)
})

test('an option that there is none of is refused', async () => {
  await using house = await asleep()
  const { code, lines } = await examine(house, '--alive')
  expect([code, lines.at(-1)]).toEqual([1, 'The options are --live, --chat <id> and --pace <milliseconds>.'])
})
