import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, Environment, readConfig } from '../src/config.ts'
import { ada, build, spawnServer } from './build.ts'

const required = {
  TELEGRAM_BOT_TOKEN: '1:x',
  TELEGRAM_WEBHOOK_SECRET: 's',
  TELEGRAM_ALLOWED_USER_IDS: '41',
  ANTHROPIC_API_KEY: 'k',
}

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

test('four variables are enough, and the rest has its defaults', () => {
  expect(readConfig(required)).toMatchObject({
    telegram: {
      token: '1:x',
      webhookSecret: 's',
      allowedUserIds: new Set([41]),
      apiRoot: 'https://api.telegram.org',
      publicUrl: undefined,
    },
    claude: { chatModel: 'claude-sonnet-5-5', jobModel: 'claude-opus-5-5', maxCalls: 8, stallMs: 60_000 },
    jobs: { maxRunning: 8, maxRunningPerUser: 3, timeoutMs: 900_000 },
    databaseFile: join(process.cwd(), 'data/remy.db'),
    retentionDays: undefined,
    inspectionToken: undefined,
    metricsPort: undefined,
    ownerUserId: undefined,
    host: '127.0.0.1',
    port: 8080,
    shutdownGraceMs: 100_000,
    timeZone: 'UTC',
    logLevel: 'info',
  })
})

test('every mistake is named at once, by variable, with what is expected and never the value', () => {
  const wrong = {
    TELEGRAM_BOT_TOKEN: 'wrong-token-value',
    TELEGRAM_WEBHOOK_SECRET: 'wrong secret value',
    TELEGRAM_ALLOWED_USER_IDS: '41,wrong-value',
    TELEGRAM_API_ROOT: 'wrong-value',
    PUBLIC_URL: 'ftp://wrong-value',
    ANTHROPIC_API_KEY: '',
    DATABASE_URL: 'postgres://wrong-value',
    INSPECTION_TOKEN: 'wrong-value-too-short',
    PORT: '80800',
    METRICS_PORT: '70000',
    OWNER_USER_ID: 'wrong-value',
    MAX_RUNNING_JOBS: '0',
    JOB_TIMEOUT_SECONDS: '1e3',
    RETENTION_DAYS: '0',
    TIMEZONE: 'Wrong/Value',
    LOG_LEVEL: 'wrong-value',
  }
  const problems = problemsOf(wrong)
  expect(problems.map((line) => line.split(' ')[0]).sort()).toEqual(Object.keys(wrong).sort())
  expect(problems.join('\n')).not.toMatch(/wrong|value|80800|70000|1e3/i)
  expect(problems).toContain('ANTHROPIC_API_KEY is missing: expected a key for the Claude API')
})

test('an empty variable counts as unset', () => {
  expect(readConfig({ ...required, PORT: '', TIMEZONE: ' ', INSPECTION_TOKEN: '' })).toMatchObject({
    port: 8080,
    timeZone: 'UTC',
    inspectionToken: undefined,
  })
})

test('on Fly the public address comes from the name of the app', () => {
  expect(readConfig({ ...required, FLY_APP_NAME: 'my-remy' }).telegram.publicUrl).toBe('https://my-remy.fly.dev')
  expect(readConfig({ ...required, FLY_APP_NAME: 'my-remy', PUBLIC_URL: 'https://a.example/' }).telegram.publicUrl).toBe(
    'https://a.example',
  )
})

test('* and lists of ids are understood', () => {
  expect(readConfig({ ...required, TELEGRAM_ALLOWED_USER_IDS: '*' }).telegram.allowedUserIds).toBe('everyone')
  expect(readConfig({ ...required, TELEGRAM_ALLOWED_USER_IDS: ' 1, 22 ,333' }).telegram.allowedUserIds).toEqual(
    new Set([1, 22, 333]),
  )
  for (const ids of [',', '1,x', '-1', '1.5', '99999999999999999999'])
    expect(problemsOf({ ...required, TELEGRAM_ALLOWED_USER_IDS: ids }), ids).toHaveLength(1)
})

test('what does not fit together is refused: an owner who is not let in, two listeners on one port', () => {
  expect(problemsOf({ ...required, OWNER_USER_ID: '42' })).toEqual([
    'OWNER_USER_ID does not fit: expected one of the ids in TELEGRAM_ALLOWED_USER_IDS',
  ])
  expect(problemsOf({ ...required, METRICS_PORT: '8080' })).toEqual([
    'METRICS_PORT does not fit: expected another port than PORT',
  ])
  for (const ids of ['41, 42', '*'])
    expect(problemsOf({ ...required, TELEGRAM_ALLOWED_USER_IDS: ids, OWNER_USER_ID: '42' }), ids).toEqual([])
})

test('the service refuses to start with code 1 and names the mistakes', async () => {
  const log: string[] = []
  const { ended } = spawnServer({ PATH: process.env.PATH, TELEGRAM_BOT_TOKEN: 'a-secret-without-colon' }, tmpdir(), log)
  expect(await ended).toBe(1)
  expect(log.join('\n')).toContain('TELEGRAM_BOT_TOKEN does not fit')
  expect(log.join('\n')).toContain('ANTHROPIC_API_KEY is missing')
  expect(log.join('\n')).not.toContain('a-secret-without-colon')
})

test('a .env is read where there is one, and .env.example shows every variable', async () => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
  const ownByFly = ['FLY_APP_NAME', 'COMMIT_SHA']
  for (const name of Object.keys(Environment.properties))
    if (!ownByFly.includes(name)) expect(example, name).toMatch(new RegExp(`^#? ?${name}=`, 'm'))

  const folder = mkdtempSync(join(tmpdir(), 'remy-env-'))
  writeFileSync(join(folder, '.env'), 'TELEGRAM_BOT_TOKEN=wrong\n')
  const log: string[] = []
  await spawnServer({ PATH: process.env.PATH }, folder, log).ended
  expect(log.join('\n')).toContain('TELEGRAM_BOT_TOKEN does not fit')
})

test('a database path is relative to the working directory and its folder is made', async () => {
  await using house = await build({ env: { DATABASE_URL: 'file:some/deep/folder/remy.db' } })
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
})
