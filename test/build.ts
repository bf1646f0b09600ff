import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Sqlite from 'better-sqlite3'
import { createBotApi } from '../playground/bot-api/server.ts'
import { offlineModel } from '../playground/messages-api/offline-model.ts'
import { createMessagesApi } from '../playground/messages-api/server.ts'
import { COMPILE_CACHE } from './compile-cache.ts'

export const SECRET = 'the_webhook-secret'
export const INSPECTION_TOKEN = 'an-inspection-token-of-enough-length'
export const ada = { id: 41, first_name: 'Ada' }
export const ben = { id: 42, first_name: 'Ben' }

/** A job as `background_jobs` has it. */
export interface JobRow {
  id: number
  user_id: number
  job_type: string
  status: string
  input_text: string
  result_text: string | null
  created_at: string
  completed_at: string | null
}

interface Options {
  env?: Record<string, string | undefined>
  /** Do not start the service yet. */
  asleep?: boolean
  /** Whether the Bot API knows message drafts. */
  drafts?: boolean
  /** How the service is run. */
  run?: Run
  /** Where the database is; in a folder that is made for the test unless said. */
  file?: string | undefined
}

/** What is run in place of `node src/server.ts`, which is what `npm start` runs. */
export interface Run {
  /** The module that is the service. */
  entry?: string
  /** A command and its arguments, which runs the node that is named behind it, such as strace. */
  wrapper?: string[]
}

/**
 * The real service as its own process, on a real SQLite file, between the two stand-ins on real sockets. `kill` and `boot`
 * end it and start it again on the same file. Closes everything by `await using`.
 */
export async function build({ env = {}, asleep = false, drafts = true, run = {}, ...options }: Options = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'remy-test-'))
  const telegram = await createBotApi({ retryBaseMs: 20, drafts })
  const claude = await createMessagesApi({ model: offlineModel({ pace: 0 }) })
  const file = options.file ?? join(folder, 'data', 'remy.db')
  // Whatever may change what a test waits for: the stand-ins' events, the service's output.
  const pulse = new EventEmitter<{ beat: [] }>().setMaxListeners(0)
  const beat = () => pulse.emit('beat')
  for (const name of ['message', 'edit', 'action', 'call', 'push', 'delivered', 'draft', 'draftEnd'] as const)
    telegram.events.on(name, beat)
  for (const name of ['request', 'answered', 'closed'] as const) claude.events.on(name, beat)
  const again = setInterval(beat, 25) // of another process's commits SQLite tells nobody
  let service: Service | undefined
  let reader: Sqlite.Database | undefined

  const house = {
    telegram,
    claude,
    file,
    folder,
    /** How the next boot runs the service. */
    run,
    /** Everything that the service has printed, over all boots. */
    log: [] as string[],
    env: {
      PATH: process.env.PATH,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_WEBHOOK_SECRET: SECRET,
      TELEGRAM_ALLOWED_USER_IDS: `${ada.id},${ben.id}`,
      TELEGRAM_API_ROOT: telegram.url,
      ANTHROPIC_API_KEY: claude.apiKey,
      ANTHROPIC_BASE_URL: claude.url,
      INSPECTION_TOKEN,
      DATABASE_URL: `file:${file}`,
      PORT: '0',
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...env,
    } as Record<string, string | undefined>,

    get url(): string {
      return running().url
    },

    /** Starts the service and points Telegram to it. */
    async boot(): Promise<void> {
      await service?.ended
      service = await startService(house, folder)
      service.child.stdout?.on('data', beat)
      telegram.target({ url: `${service.url}/telegram/webhook`, secret: SECRET })
    },

    /** The running process. */
    process: () => running().child,

    /** Sends a signal. */
    signal(name: NodeJS.Signals): void {
      running().child.kill(name)
    },

    /** Resolves with the exit code, or the signal that killed it. */
    ended: async () => running().ended,

    /** SIGKILL, and waits for the end. */
    async kill(): Promise<void> {
      house.signal('SIGKILL')
      await house.ended()
    },

    /** The answer of the service to a GET, with the inspection token. */
    async get(path: string, headers: Record<string, string> = { authorization: `Bearer ${INSPECTION_TOKEN}` }) {
      const response = await fetch(house.url + path, { headers: { connection: 'close', ...headers } })
      return { status: response.status, body: JSON.parse(await response.text()) }
    },

    /** Rows of the database file, read beside the service. */
    rows<Row = Record<string, unknown>>(sql: string, ...parameters: unknown[]): Row[] {
      reader ??= new Sqlite(file, { readonly: true })
      return reader.prepare(sql).all(...parameters) as Row[]
    },

    job: (id: number): JobRow | undefined => house.rows<JobRow>('SELECT * FROM background_jobs WHERE id = ?', id)[0],

    /** The bot's messages to a person, as texts. */
    texts: (person: { id: number }): string[] => telegram.sent(person.id).map((message) => message.text),

    /** The same as they were sent: a status message and a list say something else later. */
    sentTexts: (person: { id: number }): string[] =>
      telegram.calls.flatMap(({ method, payload, outcome }) =>
        method === 'sendMessage' && outcome === 'ok' && payload.chat_id === person.id ? [String(payload.text)] : [],
      ),

    /** Resolves with what `look` finds as soon as it finds something; looks again at every event. */
    async until<Found>(look: () => Found | undefined | null | false, patienceMs = 20_000): Promise<Found> {
      const patience = AbortSignal.timeout(patienceMs)
      for (;;) {
        const next = once(pulse, 'beat', { signal: patience })
        next.catch(() => {})
        const found = look()
        if (found) return found
        await next.catch(() => {
          throw new Error(
            `Not seen within ${patienceMs} ms: ${look}\nchats: ${JSON.stringify([ada, ben].map((person) => house.texts(person).map((text) => text.slice(0, 60))))}\n${house.log
              .slice(-5)
              .map((line) => line.slice(0, 300))
              .join('\n')}`,
          )
        })
      }
    },

    /** Waits for a message of the bot's to this person that contains `part`. */
    heard: (person: { id: number }, part: string | RegExp) =>
      house.until(() =>
        telegram.sent(person.id).find(({ text }) => (typeof part === 'string' ? text.includes(part) : part.test(text))),
      ),

    /** Waits until nothing is left to be sent. */
    async delivered(): Promise<void> {
      await house.until(() => house.rows("SELECT 1 FROM deliveries WHERE state = 'pending'").length === 0)
    },

    async [Symbol.asyncDispose](): Promise<void> {
      service?.child.kill('SIGKILL')
      await service?.ended
      clearInterval(again)
      reader?.close()
      await telegram.close()
      await claude.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }

  function running(): Service {
    if (!service) throw new Error('The service was not booted')
    return service
  }

  if (!asleep) await house.boot()
  return house
}

export type House = Awaited<ReturnType<typeof build>>

interface Service {
  url: string
  child: ChildProcess
  ended: Promise<number | string>
}

type Startable = { env: Record<string, string | undefined>; log: string[]; run: Run }

async function startService({ env, log, run }: Startable, cwd: string): Promise<Service> {
  const { child, ended, lines } = spawnServer(env, cwd, log, run)
  const url = await Promise.race([
    (async () => {
      for await (const line of lines) {
        const found = /Server listening at (http:\/\/[^"]+)/.exec(line)?.[1]
        if (found) return found
      }
      return undefined
    })(),
    ended.then(() => undefined),
  ])
  if (!url) throw new Error(`The service did not start:\n${log.slice(-20).join('\n')}`)
  return { url, child, ended }
}

/** Runs src/server.ts as npm start does; `lines` are what it prints. */
export function spawnServer(env: Record<string, string | undefined>, cwd: string, log: string[] = [], run: Run = {}) {
  const { entry = join(import.meta.dirname, '..', 'src', 'server.ts'), wrapper = [] } = run
  const [command = '', ...before] = [...wrapper, process.execPath]
  const child = spawn(command, [...before, '--env-file-if-exists=.env', entry], {
    env,
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal)
  const lines: AsyncIterable<string> = (async function* () {
    const seen = createInterface({ input: child.stdout })
    for await (const line of seen) yield line
  })()
  child.stdout.on('data', (chunk) => log.push(...String(chunk).split('\n').filter(Boolean)))
  child.stderr.on('data', (chunk) => log.push(...String(chunk).split('\n').filter(Boolean)))
  return { child, ended, lines }
}
