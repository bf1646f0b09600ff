// npm run dev: a real bot without a public address. The real service runs as a child process, and what getUpdates gives is
// handed to its webhook route.
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { ConfigError, readConfig } from '../src/config.ts'
import { Api } from '../src/telegram/api.ts'
import { createHand } from './dev/hand.ts'
import { createPatience } from './dev/patience.ts'
import { relay } from './dev/relay.ts'
import { StepAside, say } from './dev/say.ts'
import { startService } from './dev/service.ts'
import { clearWebhook } from './dev/webhook.ts'

/** A terminal signals its whole group, and npm hands its copy on: so close behind each other, two are one. */
const SAME_SIGNAL_MS = 30

const stopping = new AbortController()
let service: ReturnType<typeof startService> | undefined

listenToSignals()
process.on('exit', () => service?.stop())
process.exit(
  await dev().catch((error: unknown) => {
    if (stopping.signal.aborted) return 0
    say(sentenceOf(error))
    return 1
  }),
)

async function dev(): Promise<number> {
  const { values } = parseArgs({ options: { 'take-over': { type: 'boolean', default: false } } })
  const secret = process.env.TELEGRAM_WEBHOOK_SECRET?.trim() || randomBytes(32).toString('base64url')
  // Without a public address the service leaves the webhook alone.
  const env = { ...process.env, TELEGRAM_WEBHOOK_SECRET: secret, PUBLIC_URL: undefined, FLY_APP_NAME: undefined }
  const { telegram, logLevel } = readConfig(env)
  const api = new Api(telegram.token, telegram.apiRoot)
  const { signal } = stopping
  const patiently = createPatience({ say, signal })

  const me = await patiently(() => api.getMe())
  await clearWebhook({ api, patiently, say, takeOver: values['take-over'] })
  signal.throwIfAborted()

  // Where it listens is a line of level info.
  const level = logLevel === 'debug' || logLevel === 'trace' ? logLevel : 'info'
  service = startService({ env: { ...env, LOG_LEVEL: level }, print: (line) => process.stdout.write(`${line}\n`) })
  const url = await service.listening
  let trouble: unknown
  const relaying = url && relay({ api, hand: createHand({ url, secret, say }), say, signal }).catch(endWith)
  if (url && !signal.aborted) say(`Write to https://t.me/${me.username}: its updates come here. Ctrl-C ends it.`)

  function endWith(error: unknown): void {
    if (signal.aborted) return
    trouble = error
    say(sentenceOf(error))
    stopping.abort()
    service?.stop()
  }

  const { code, why } = await service.ended
  if (!signal.aborted) say(`The service ended by itself (${why}).`)
  stopping.abort()
  await relaying
  return trouble ? 1 : code
}

/** The first signal drains the service, the second ends it at once. */
function listenToSignals(): void {
  let lastAt = Number.NEGATIVE_INFINITY
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const isSame = performance.now() - lastAt < SAME_SIGNAL_MS
      lastAt = performance.now()
      if (isSame) return
      if (!service) process.exit(0)
      stopping.abort()
      service.stop()
    })
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof StepAside || error instanceof ConfigError) return error.message
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
    ? `${error.message}. The only option is --take-over.`
    : `Something went wrong: ${error instanceof Error ? error.message : String(error)}`
}
