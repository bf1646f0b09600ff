// Remy on this machine alone: the real service between two stand-ins, and a page to talk with it.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBotApi } from './bot-api/server.ts'
import { createMessagesApi } from './messages-api/server.ts'
import { createInspection } from './page/inspection.ts'
import { person } from './page/person.ts'
import { servePage } from './page/serve.ts'
import { createSwitches } from './page/switches.ts'
import { createService, freePort } from './service.ts'

const defaultPort = 4321
const claudeVariables = ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL']
const passedOn = ['PATH', 'SystemRoot', 'NODE_EXTRA_CA_CERTS', 'CHAT_MODEL', 'JOB_MODEL']

if (existsSync('.env')) process.loadEnvFile()
const hasKey = Boolean(process.env.ANTHROPIC_API_KEY?.trim())
const telegram = await createBotApi()
const claude = hasKey ? undefined : await createMessagesApi()
const port = await freePort()
const inspectionToken = secret()
const folder = mkdtempSync(join(tmpdir(), 'remy-playground-'))
const service = createService({
  env: {
    ...given(passedOn),
    ...(claude ? { ANTHROPIC_API_KEY: claude.apiKey, ANTHROPIC_BASE_URL: claude.url } : given(claudeVariables)),
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_WEBHOOK_SECRET: secret(),
    TELEGRAM_ALLOWED_USER_IDS: String(person.id),
    TELEGRAM_API_ROOT: telegram.url,
    DATABASE_URL: `file:${join(folder, 'remy.db')}`,
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    TIMEZONE: Intl.DateTimeFormat().resolvedOptions().timeZone,
    OWNER_USER_ID: String(person.id),
    INSPECTION_TOKEN: inspectionToken,
  },
  cwd: folder,
  onDeath(why, lines) {
    say('', `The service ended by itself (${why}). The button on the page starts it again. Its last lines:`)
    say(...lines.map((line) => `  ${line}`))
  },
})

process.on('exit', () => {
  service.end()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    void service.close().finally(() => process.exit(0))
  })
}

const page = await servePage({
  botApi: telegram,
  port: await freePort(Number(process.env.PLAYGROUND_PORT || defaultPort)),
  controls: service.controls,
  inspection: createInspection({ url: `http://127.0.0.1:${port}`, token: inspectionToken }),
  switches: createSwitches({ telegram, claude }),
  note: hasKey
    ? 'Everything here runs on your machine except for Claude, who answers by your key.'
    : 'Everything here runs on your machine; without a key, an offline model answers from templates.',
})
say(
  `Remy is at ${page.url}`,
  hasKey ? 'Claude answers, by your ANTHROPIC_API_KEY.' : 'An offline model answers; with ANTHROPIC_API_KEY it is Claude.',
)
await service.start()

function given(names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

function secret(): string {
  return randomBytes(24).toString('base64url')
}

function say(...lines: string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}
