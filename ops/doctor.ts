// npm run doctor: looks at everything that Remy needs, one line each, with the remedy for what fails. With --live it also
// tries on the real APIs what the stand-ins of the playground assume of them.
import { parseArgs } from 'node:util'
import { Api } from '../src/telegram/api.ts'
import { checkClaude } from './doctor/claude.ts'
import { checkClock } from './doctor/clock.ts'
import { readConfiguration } from './doctor/configuration.ts'
import { checkFolder, checkLock, checkSpace } from './doctor/disk.ts'
import { doubtful, type Finding, failed, lineOf } from './doctor/finding.ts'
import { checkToken, checkWebhook } from './doctor/telegram.ts'
import { examineLive } from './live/examine.ts'

const { config, wrong, finding } = readConfiguration(process.env)
const { telegram, claude, databaseFile } = config
const api = new Api(telegram.token, telegram.apiRoot)
const print = (line: string) => process.stdout.write(`${line}\n`)

process.exit(await doctor())

async function doctor(): Promise<number> {
  const options = readOptions()
  if (!options) return 1
  // All begin beside each other, and are told in this order.
  const claudeChecks = given(['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL', 'CHAT_MODEL', 'JOB_MODEL'], () => checkClaude(claude))
  const ofClaude = (name: keyof Awaited<ReturnType<typeof checkClaude>>) =>
    claudeChecks.then((found) => ('state' in found ? found : found[name]))
  const bot = ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_API_ROOT']
  const checks: [string, Finding | Promise<Finding>][] = [
    ['Configuration', finding],
    ['Bot token', given(bot, () => checkToken(api))],
    ['Webhook', given([...bot, 'PUBLIC_URL', 'FLY_APP_NAME'], () => checkWebhook(api, telegram.publicUrl))],
    ['Claude key', ofClaude('key')],
    ['Chat model', ofClaude('chatModel')],
    ['Job model', ofClaude('jobModel')],
    ['Web search', ofClaude('webSearch')],
    ['Clock', given(['TELEGRAM_API_ROOT', 'ANTHROPIC_BASE_URL'], () => checkClock([telegram.apiRoot, claude.baseURL]))],
    ['Data folder', given(['DATABASE_URL'], () => checkFolder(databaseFile))],
    ['Free space', given(['DATABASE_URL'], () => checkSpace(databaseFile))],
    ['Database', given(['DATABASE_URL'], () => checkLock(databaseFile))],
  ]
  const failures: string[] = []
  for (const [name, check] of checks) {
    const found = await check
    print(lineOf(name, found))
    if (found.state === 'failed') failures.push(name)
  }
  const isLiveGood = !options.live || (await live(failures, options))
  return failures.length === 0 && isLiveGood ? 0 : 1
}

/** The check, unless a variable that it needs does not hold. One that throws counts as failed, with its message. */
async function given<Found>(needs: string[], check: () => Found | Promise<Found>): Promise<Found | Finding> {
  const missing = needs.filter((name) => wrong.has(name))
  if (missing.length > 0) return doubtful(`not checked until ${missing.join(' and ')} can be read`)
  try {
    return await check()
  } catch (error) {
    return failed(`the check broke off: ${error instanceof Error ? error.message : error}`, 'This is a mistake in ops/doctor')
  }
}

async function live(failures: string[], { chat, pace }: Options): Promise<boolean> {
  print('')
  const inTheWay = failures.filter((name) => ['Configuration', 'Bot token', 'Claude key'].includes(name))
  if (inTheWay.length > 0)
    return refuse(`not tried until these are mended: ${inTheWay.join(', ')}`, 'Begin with the first line')
  const { allowedUserIds } = telegram
  const [only, ...others] = allowedUserIds === 'everyone' ? [] : allowedUserIds
  const chatId = chat ? Number(chat) : others.length === 0 ? only : undefined
  if (chatId && allowedUserIds !== 'everyone' && !allowedUserIds.has(chatId)) {
    return refuse(`chat ${chatId} is nobody's on TELEGRAM_ALLOWED_USER_IDS`, 'Name your own: --chat <your Telegram user id>')
  }
  const paceMs = pace ? Number(pace) : undefined
  if (!chatId || !Number.isSafeInteger(chatId)) {
    return refuse('no chat to try it in', 'Name yours: npm run doctor -- --live --chat <your Telegram user id>')
  }
  return (await examineLive({ api, chatId, claude, print, ...(paceMs !== undefined && { paceMs }) })) === 0
}

function refuse(text: string, remedy: string): false {
  print(lineOf('Live', failed(text, remedy)))
  return false
}

interface Options {
  live: boolean
  /** The chat to try it in. */
  chat?: string | undefined
  /** Milliseconds between two assumptions. */
  pace?: string | undefined
}

function readOptions(): Options | undefined {
  try {
    const text = { type: 'string' } as const
    return parseArgs({ options: { live: { type: 'boolean', default: false }, chat: text, pace: text } }).values
  } catch (error) {
    print(`${error instanceof Error ? error.message : error}\nThe options are --live, --chat <id> and --pace <milliseconds>.`)
    return undefined
  }
}
