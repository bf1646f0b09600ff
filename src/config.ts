import { resolve } from 'node:path'
import Type, { type Static, type TSchema, type TStringOptions } from 'typebox'
import Value from 'typebox/value'

const text = (description: string, options: TStringOptions = {}) => Type.String({ ...options, description })
const webAddress = (description: string, options: TStringOptions = {}) =>
  Type.Refine(text(description, { pattern: '^https?://[^\\s?#]+$', ...options }), (value) => URL.canParse(value))
const wholeNumber = (description: string, fallback: number, minimum = 1, maximum = 100_000) =>
  Type.Integer({
    description: `${description}: a whole number from ${minimum} to ${maximum}`,
    default: fallback,
    minimum,
    maximum,
  })

/** Every variable that Remy reads. `description` is what is expected, and all that a mistake tells: never the value. */
export const Environment = Type.Object({
  TELEGRAM_BOT_TOKEN: text('the token from @BotFather: digits, a colon and the rest', { pattern: '^\\d+:' }),
  TELEGRAM_WEBHOOK_SECRET: text('1 to 256 characters out of A-Z, a-z, 0-9, _ and -', {
    pattern: '^[A-Za-z0-9_-]{1,256}$',
  }),
  TELEGRAM_ALLOWED_USER_IDS: Type.Refine(
    text('Telegram user ids separated by commas, or * to let everyone in'),
    (value) =>
      value.trim() === '*' || (userIds(value).length > 0 && userIds(value).every((id) => Number.isSafeInteger(id) && id > 0)),
  ),
  OWNER_USER_ID: Type.Optional(
    Type.Integer({
      description: 'one of the ids in TELEGRAM_ALLOWED_USER_IDS',
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
    }),
  ),
  TELEGRAM_API_ROOT: webAddress('the address of the Bot API', { default: 'https://api.telegram.org' }),
  PUBLIC_URL: Type.Optional(webAddress('the address under which Telegram reaches this service')),
  FLY_APP_NAME: Type.Optional(text('the name of the Fly app, set by Fly', { pattern: '^[a-z0-9-]+$' })),
  ANTHROPIC_API_KEY: text('a key for the Claude API', { pattern: '^\\S+$' }),
  ANTHROPIC_BASE_URL: webAddress('the address of the Claude API', { default: 'https://api.anthropic.com' }),
  CHAT_MODEL: text('the name of the model that chats', { pattern: '^\\S+$', default: 'claude-sonnet-5-5' }),
  JOB_MODEL: text('the name of the model that works on jobs', { pattern: '^\\S+$', default: 'claude-opus-5-5' }),
  DATABASE_URL: text('file: and the path of the database file', {
    pattern: '^file:.*[^/]$',
    default: 'file:./data/remy.db',
  }),
  INSPECTION_TOKEN: Type.Optional(text('at least 32 characters', { minLength: 32 })),
  HOST: text('the address to listen on', { pattern: '^\\S+$', default: '127.0.0.1' }),
  PORT: wholeNumber('the port to listen on', 8080, 0, 65_535),
  METRICS_PORT: Type.Optional(
    Type.Integer({ description: 'the port to serve metrics on: a whole number from 0 to 65535', minimum: 0, maximum: 65_535 }),
  ),
  MAX_RUNNING_JOBS: wholeNumber('jobs that run at once', 8),
  MAX_RUNNING_JOBS_PER_USER: wholeNumber('jobs of one person that run at once', 3),
  MAX_MODEL_CALLS: wholeNumber('calls to Claude at once', 8),
  JOB_TIMEOUT_SECONDS: wholeNumber('seconds that a job may take', 900),
  STREAM_STALL_SECONDS: wholeNumber('seconds without a byte after which a stream counts as dead', 60),
  SHUTDOWN_GRACE_SECONDS: wholeNumber('seconds that running jobs get at a stop', 100, 0),
  IDLE_EXIT_SECONDS: Type.Optional(
    Type.Integer({
      description: 'seconds without work or request after which the process ends: a whole number from 1 to 100000',
      minimum: 1,
      maximum: 100_000,
    }),
  ),
  MONTHLY_BUDGET_USD: Type.Optional(
    Type.Number({ description: 'US dollars a month: more than 0, at most 1000000', exclusiveMinimum: 0, maximum: 1_000_000 }),
  ),
  RETENTION_DAYS: Type.Optional(
    Type.Integer({
      description: 'days after which what is finished is removed: a whole number from 1 to 100000',
      minimum: 1,
      maximum: 100_000,
    }),
  ),
  TIMEZONE: Type.Refine(text('an IANA time zone such as Europe/Lisbon', { default: 'UTC' }), isTimeZone),
  COMMIT_SHA: text('the commit that was deployed, set by the Dockerfile', { default: 'unknown' }),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    description: 'fatal, error, warn, info, debug, trace or silent',
    default: 'info',
  }),
})

/** What a wrong environment is refused with: one line a variable, in the order of the schema. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a mistake' : 'mistakes'}:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Reads the environment once.
 * @throws {ConfigError} naming every variable that is missing or does not fit, with what is expected and never the value.
 */
export function readConfig(source: Record<string, string | undefined>) {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  // Each variable by itself, since a check of the whole would stop short of the refinements once anything else is wrong.
  const schemas: Record<string, TSchema & { type?: string; description?: string }> = Environment.properties
  for (const [name, schema] of Object.entries(schemas)) {
    const raw = source[name]?.trim() || undefined
    const value = raw === undefined ? Value.Default(schema, undefined) : read(raw, schema.type)
    if (value === undefined && Environment.required.some((required) => required === name)) {
      problems.push(`${name} is missing: expected ${schema.description}`)
    } else if (value !== undefined && !Value.Check(schema, value)) {
      problems.push(`${name} does not fit: expected ${schema.description}`)
    } else {
      values[name] = value
    }
  }
  const env = values as Static<typeof Environment> // each property that is no problem was checked against its schema above
  problems.push(...contradictionsIn(env))
  if (problems.length > 0) throw new ConfigError(problems)
  return arrange(env)
}

export type Config = ReturnType<typeof readConfig>

function arrange(env: Static<typeof Environment>) {
  const publicUrl = env.PUBLIC_URL ?? (env.FLY_APP_NAME ? `https://${env.FLY_APP_NAME}.fly.dev` : undefined)
  return {
    telegram: {
      token: env.TELEGRAM_BOT_TOKEN,
      webhookSecret: env.TELEGRAM_WEBHOOK_SECRET,
      allowedUserIds:
        env.TELEGRAM_ALLOWED_USER_IDS.trim() === '*' ? ('everyone' as const) : new Set(userIds(env.TELEGRAM_ALLOWED_USER_IDS)),
      apiRoot: env.TELEGRAM_API_ROOT.replace(/\/+$/, ''),
      publicUrl: publicUrl?.replace(/\/+$/, ''),
      miniAppUrl: miniAppUrl(publicUrl),
    },
    claude: {
      apiKey: env.ANTHROPIC_API_KEY,
      baseURL: env.ANTHROPIC_BASE_URL,
      chatModel: env.CHAT_MODEL,
      jobModel: env.JOB_MODEL,
      maxCalls: env.MAX_MODEL_CALLS,
      stallMs: env.STREAM_STALL_SECONDS * 1000,
    },
    jobs: {
      maxRunning: env.MAX_RUNNING_JOBS,
      maxRunningPerUser: env.MAX_RUNNING_JOBS_PER_USER,
      timeoutMs: env.JOB_TIMEOUT_SECONDS * 1000,
    },
    databaseFile: resolve(env.DATABASE_URL.slice('file:'.length)),
    retentionDays: env.RETENTION_DAYS,
    inspectionToken: env.INSPECTION_TOKEN,
    host: env.HOST,
    port: env.PORT,
    metricsPort: env.METRICS_PORT,
    ownerUserId: env.OWNER_USER_ID,
    shutdownGraceMs: env.SHUTDOWN_GRACE_SECONDS * 1000,
    idleExitMs: env.IDLE_EXIT_SECONDS === undefined ? undefined : env.IDLE_EXIT_SECONDS * 1000,
    monthlyBudgetMicros: env.MONTHLY_BUDGET_USD === undefined ? undefined : Math.round(env.MONTHLY_BUDGET_USD * 1_000_000),
    timeZone: env.TIMEZONE,
    logLevel: env.LOG_LEVEL,
    commit: env.COMMIT_SHA,
  }
}

/** Where the inspector opens inside Telegram, which takes https alone. */
function miniAppUrl(publicUrl: string | undefined): string | undefined {
  return publicUrl?.startsWith('https://') ? `${publicUrl.replace(/\/+$/, '')}/inspector` : undefined
}

/** What fits by itself and not together. Looks at what is there: something else may be missing. */
function contradictionsIn(env: Partial<Static<typeof Environment>>): string[] {
  const { TELEGRAM_ALLOWED_USER_IDS: allowed, OWNER_USER_ID: owner, METRICS_PORT: metricsPort, PORT: port } = env
  const problems: string[] = []
  // To a person who may not talk with the bot it would say nothing but that.
  if (owner !== undefined && allowed && allowed.trim() !== '*' && !userIds(allowed).includes(owner)) {
    problems.push('OWNER_USER_ID does not fit: expected one of the ids in TELEGRAM_ALLOWED_USER_IDS')
  }
  if (metricsPort && metricsPort === port) problems.push('METRICS_PORT does not fit: expected another port than PORT')
  return problems
}

function userIds(value: string): number[] {
  return value
    .split(',')
    .filter((id) => id.trim())
    .map((id) => wholeNumberOf(id.trim()))
}

function read(raw: string, type: string | undefined): unknown {
  if (type === 'integer') return wholeNumberOf(raw)
  if (type === 'number') return /^\d{1,9}(\.\d{1,6})?$/.test(raw) ? Number(raw) : Number.NaN
  return raw
}

function wholeNumberOf(value: string): number {
  return /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    return true
  } catch {
    return false
  }
}
