import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const main = join(import.meta.dirname, '..', '..', 'playground', 'main.ts')

const patienceMs = 30_000

type Message = { id: number; mine: boolean; text: string; delivered: boolean }
type Service = { state: string; boots: number; pid?: number; why?: string }

/** `npm run playground` in an empty folder, with the eyes of its page: what the event stream tells, and the page's requests. */
export async function openPlayground({ env = {}, dotenv }: { env?: Record<string, string>; dotenv?: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'remy-test-'))
  const temporary = mkdtempSync(join(tmpdir(), 'remy-test-'))
  if (dotenv !== undefined) writeFileSync(join(folder, '.env'), dotenv)
  const child = spawn(process.execPath, [main], {
    cwd: folder,
    env: { PATH: process.env.PATH, TMPDIR: temporary, PLAYGROUND_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  const seen = new EventEmitter<{ change: [] }>().setMaxListeners(0)
  const state = { printed: '', messages: [] as Message[], commands: [] as { command: string }[], ended: false }
  let service: Service = { state: 'unknown', boots: 0 }
  child.stdout.setEncoding('utf8').on('data', (text: string) => look(() => (state.printed += text)))
  child.stderr.setEncoding('utf8').on('data', (text: string) => look(() => (state.printed += text)))
  void ended.then(() => look(() => (state.ended = true)))

  function look(change: () => unknown): void {
    change()
    seen.emit('change')
  }

  /** Asks again at everything that is printed and every event of the stream; gives up only for the report of what was seen. */
  function until<T>(predicate: () => T | undefined | false): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const giveUp = (why: string) => {
      const last = state.messages.slice(-5).map(({ text }) => text.slice(0, 200))
      reject(new Error([`${why}: ${JSON.stringify(service)}`, ...last, state.printed].join('\n')))
    }
    const timer = setTimeout(() => giveUp(`Not seen within ${patienceMs} ms`), patienceMs)
    const check = () => {
      const value = predicate()
      if (value) resolve(value)
      else if (state.ended) giveUp('The playground ended')
    }
    seen.on('change', check)
    check()
    return promise.finally(() => {
      clearTimeout(timer)
      seen.off('change', check)
    })
  }

  const url = await until(() => / (http:\S+)\n.+\n/.exec(state.printed)?.[1])
  const stream = new AbortController()
  const events = await fetch(`${url}/events`, { signal: stream.signal })
  const read = readEvents(events, (event, data) => look(() => take(event, data))).catch(() => {})

  // The casts: what the page's feed sends, which this test is about.
  function take(event: string, data: unknown): void {
    if (event === 'snapshot') Object.assign(state, data)
    if (event === 'snapshot') service = (data as { service: Service }).service
    if (event === 'service') service = data as Service
    if (event === 'commands') state.commands = data as typeof state.commands
    if (event !== 'message') return
    const message = data as Message
    state.messages = [...state.messages.filter(({ id }) => id !== message.id), message]
  }

  async function post(path: string, body?: unknown): Promise<number> {
    const headers = body ? { 'content-type': 'application/json' } : undefined
    const answer = await fetch(url + path, { method: 'POST', headers, body: body ? JSON.stringify(body) : undefined })
    return answer.status
  }

  return {
    url,
    until,
    post,
    ended,
    service: () => service,
    commands: () => state.commands.map(({ command }) => command),
    printed: () => state.printed.split('\n').filter((line) => line !== ''),
    log: async () => ((await (await fetch(`${url}/log`)).json()) as { lines: string[] }).lines,
    /** What is left in the folder for temporary files. */
    left: () => readdirSync(temporary),
    end: (signal: NodeJS.Signals) => child.kill(signal),

    async say(text: string): Promise<void> {
      await post('/say', { text })
    },

    /** Waits for the bot's message that matches, the `count`th of its kind. */
    hear: (pattern: RegExp, count = 1): Promise<string> =>
      until(() => state.messages.filter(({ mine, text }) => !mine && pattern.test(text))[count - 1]?.text),

    async [Symbol.asyncDispose](): Promise<void> {
      child.kill('SIGTERM')
      await ended
      stream.abort()
      await read
      for (const path of [folder, temporary]) rmSync(path, { recursive: true, force: true })
    },
  }
}

async function readEvents(response: Response, take: (event: string, data: unknown) => void): Promise<void> {
  let rest = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const frames = (rest + chunk).split('\n\n')
    rest = frames.pop() ?? ''
    for (const frame of frames) {
      const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(frame) ?? []
      take(event, JSON.parse(data))
    }
  }
}
