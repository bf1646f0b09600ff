import { execFileSync } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { type Browser, chromium, type Locator } from 'playwright-core'
import { createBotApi } from '../../playground/bot-api/server.ts'
import { createMessagesApi } from '../../playground/messages-api/server.ts'
import type { Job } from '../../playground/page/inspection.ts'
import { person } from '../../playground/page/person.ts'
import { type ServiceStatus, servePage } from '../../playground/page/serve.ts'
import { createSwitches } from '../../playground/page/switches.ts'

const args = [
  ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ['--disable-background-networking', '--disable-component-update', '--disable-sync'],
].flat()

export const phone = { width: 390, height: 844, touch: true, scheme: 'light' } as const
export const desktop = { width: 1280, height: 800, touch: false, scheme: 'dark' } as const
export const screens = [phone, { ...phone, scheme: 'dark' }, { ...desktop, scheme: 'light' }, desktop] as const
export type Screen = (typeof screens)[number] | { width: number; height: number; touch: boolean; scheme: 'light' | 'dark' }
export const nameOf = ({ width, height, scheme }: Screen) => `${width}×${height}, ${scheme}`

/** Where a Chromium is on this machine; where there is none, it says aloud that its tests are skipped. */
export function findChromium(): string | undefined {
  const places = [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    which('chromium'),
    which('chromium-browser'),
    which('google-chrome'),
  ]
  const found = places.find((place) => place && existsSync(place))
  if (!found)
    process.stderr.write('SKIPPED: the chat page is not tried in a browser, for there is no chromium. Name one by CHROMIUM.\n')
  return found
}

function which(name: string): string | undefined {
  try {
    return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}

export const launch = (executablePath: string | undefined): Promise<Browser> => chromium.launch({ executablePath, args })

type Options = {
  api?: Parameters<typeof createBotApi>[0]
  calm?: boolean
  /** What the registry holds; a test may change it. */
  jobs?: Job[]
  /** A key is used: there is no stand-in for Claude. */
  realClaude?: boolean
  before?(api: Api): unknown
}
type Api = Awaited<ReturnType<typeof createBotApi>>

/** The page alone, with the stand-in and no service: what the person does arrives there, what the bot does is called by hand. */
export async function openPage(browser: Browser, { width, height, touch, scheme }: Screen, options: Options = {}) {
  const api = await createBotApi(options.api)
  const claude = options.realClaude ? undefined : await createMessagesApi()
  const restarts: number[] = []
  const changes = new EventEmitter<{ change: [] }>()
  const jobs = options.jobs ?? []
  let status: ServiceStatus | undefined
  const serve = (port?: number) =>
    servePage({
      botApi: api,
      port,
      note: 'Everything here runs on your machine.',
      controls: {
        restart: async () => void restarts.push(Date.now()),
        status: () => status ?? { state: 'running', boots: 1 + restarts.length, pid: 77 },
        subscribe(listener) {
          changes.on('change', listener)
          return () => changes.off('change', listener)
        },
        log: () => ['a line of the log'],
      },
      inspection: {
        newest: async () => jobs.map(({ steps, transitions, deliveries, ...columns }) => columns),
        find: async (id) => jobs.find((job) => job.id === id),
      },
      switches: createSwitches({ telegram: api, claude }),
    })
  let served = await serve()
  const call = (method: string, params: Record<string, unknown>) => callAs(api, method, params)
  await call('setMyCommands', { commands })
  await options.before?.(api)
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    hasTouch: touch,
    isMobile: touch,
    permissions: ['clipboard-read', 'clipboard-write'],
    reducedMotion: options.calm ? 'reduce' : 'no-preference',
  })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  // Of a connection that is cut the browser tells by itself.
  page.on('console', (line) => line.text().includes('net::ERR') || problems.push(line.text()))
  await page.goto(served.url)
  await page.locator('#state', { hasText: 'Running' }).waitFor()

  return {
    api,
    claude,
    page,
    context,
    call,
    restarts,
    service(next: ServiceStatus): void {
      status = next
      changes.emit('change')
    },
    url: served.url,
    /** Ends every connection, and listens again in the same place when `meanwhile` has passed. */
    async cut(meanwhile: () => Promise<unknown>): Promise<void> {
      await served.close()
      await meanwhile()
      served = await serve(Number(new URL(served.url).port))
    },
    /** The row of a message. */
    row: (id: number) => page.locator(`#m${id}`),
    input: page.getByRole('textbox', { name: 'Message' }),
    mine: () => api.messages(person.id).filter(({ from }) => from === 'person'),
    bot: (text: string, more: Record<string, unknown> = {}) => call('sendMessage', { text, parse_mode: 'HTML', ...more }),
    draft: (text: string) => call('sendMessageDraft', { draft_id: 5, parse_mode: 'HTML', text }),

    async send(): Promise<void> {
      await page.getByRole('button', { name: 'Send', exact: true }).click()
    },
    /** Chooses from a message's menu, by a long press or by the button beside it. */
    async choose(row: Locator, what: string): Promise<void> {
      if (touch) await row.locator('.bubble').dispatchEvent('contextmenu', { clientX: 120, clientY: 300 })
      else {
        await row.hover()
        await row.getByRole('button', { name: 'What to do with this message' }).click()
      }
      await page.getByRole('menuitem', { name: what }).click()
    },

    /** Whatever the page complained of ends the test that it happened in. */
    async [Symbol.asyncDispose](): Promise<void> {
      await context.close()
      await served.close()
      await api.close()
      await claude?.close()
      if (problems.length > 0) throw new Error(`The page complained:\n${problems.join('\n')}`)
    },
  }
}

const commands = [
  { command: 'board', description: 'Ask the board' },
  { command: 'jobs', description: 'Your jobs' },
  { command: 'help', description: 'What I can do' },
]

/** Calls a method as the bot does: as JSON, or as a form where a file goes along. */
export async function callAs(api: Api, method: string, params: Record<string, unknown>): Promise<{ message_id: number }> {
  const all: Record<string, unknown> = { chat_id: person.id, ...params }
  const hasFile = Object.values(params).some((value) => value instanceof File)
  const form = new FormData()
  for (const [name, value] of Object.entries(all)) form.append(name, value instanceof File ? value : String(value))
  const body = hasFile ? form : JSON.stringify(all)
  const headers = hasFile ? undefined : { 'content-type': 'application/json' }
  const answer = await fetch(`${api.url}/bot${api.token}/${method}`, { method: 'POST', headers, body })
  const { ok, result, description } = (await answer.json()) as {
    ok: boolean
    result: { message_id: number }
    description?: string
  }
  if (!ok) throw new Error(description)
  return result
}
