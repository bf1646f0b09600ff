import { TelegramError } from 'telegraf'
import type { Api } from '../../src/telegram/api.ts'
import { ALLOWED_UPDATES, WEBHOOK_PATH } from '../../src/telegram/webhook.ts'
import { agoInWords, doubtful, type Finding, failed, good, PATIENCE_MS } from './finding.ts'

/** A last error counts for this long, since Telegram keeps telling it after all is well again. */
const RECENT_MS = 10 * 60_000

const withinPatience = () => ({ signal: AbortSignal.timeout(PATIENCE_MS) as never })

export async function checkToken(api: Api): Promise<Finding> {
  try {
    const { first_name, username } = await api.callApi('getMe', {}, withinPatience())
    return good(`Telegram knows it as ${first_name}, @${username}`)
  } catch (error) {
    return notAnswered(error)
  }
}

export async function checkWebhook(api: Api, publicUrl: string | undefined): Promise<Finding> {
  try {
    const info = await api.callApi('getWebhookInfo', {}, withinPatience())
    return judgeWebhook(info, publicUrl, Date.now())
  } catch (error) {
    return isWrongToken(error) ? doubtful('not checked, since the token is wrong') : notAnswered(error)
  }
}

interface Info {
  url?: string
  pending_update_count: number
  last_error_date?: number
  last_error_message?: string
  allowed_updates?: readonly string[]
}

function judgeWebhook(info: Info, publicUrl: string | undefined, nowMs: number): Finding {
  const waiting = `${info.pending_update_count} ${info.pending_update_count === 1 ? 'update waits' : 'updates wait'}`
  const host = info.url && hostOf(info.url)
  if (!publicUrl) {
    if (!host) return doubtful(`none, and PUBLIC_URL is not set; ${waiting}`, 'For a bot on this machine: npm run dev')
    return doubtful(`updates go to ${host}, and PUBLIC_URL is not set here; ${waiting}`)
  }
  const restart = 'Restart the service with this PUBLIC_URL: it registers itself when it starts'
  if (!host) return failed(`none is registered; ${waiting}`, restart)
  if (info.url !== publicUrl + WEBHOOK_PATH) {
    const where = host === hostOf(publicUrl) ? `another path of ${host}` : `${host}, and not to ${hostOf(publicUrl)}`
    return failed(`updates go to ${where}; ${waiting}`, `${restart}. Two services cannot share a bot`)
  }
  const asked = info.allowed_updates ?? []
  if (asked.length !== ALLOWED_UPDATES.length || !ALLOWED_UPDATES.every((kind) => asked.includes(kind))) {
    return failed(`it asks for other kinds of update than this version: ${asked.join(', ') || 'the usual ones'}`, restart)
  }
  return judgeDeliveries(info, host, waiting, nowMs)
}

function judgeDeliveries(info: Info, host: string, waiting: string, nowMs: number): Finding {
  if (!info.last_error_date) return good(`registered for ${host}; ${waiting}, no error`)
  const age = nowMs - info.last_error_date * 1_000
  const lastError = `the last error was ${agoInWords(age)}: ${info.last_error_message}`
  if (info.pending_update_count === 0 || age > RECENT_MS) return good(`registered for ${host}; ${waiting}, ${lastError}`)
  const remedy = /\b401\b/.test(info.last_error_message ?? '')
    ? 'The secret differs: start the service with one TELEGRAM_WEBHOOK_SECRET, which it then registers'
    : `See that the service runs and that https://${host}/ready answers from outside`
  return failed(`registered for ${host}; ${waiting}, ${lastError}`, remedy)
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an address that cannot be read'
}

function isWrongToken(error: unknown): boolean {
  return error instanceof TelegramError && (error.code === 401 || error.code === 404)
}

function notAnswered(error: unknown): Finding {
  if (isWrongToken(error)) {
    return failed('Telegram does not know it', 'Copy TELEGRAM_BOT_TOKEN from @BotFather: /mybots, your bot, API Token')
  }
  const said = error instanceof Error ? error.message : String(error)
  if (error instanceof TelegramError) return doubtful(`Telegram says no (${said})`, 'Try again in a minute')
  return failed(`Telegram does not answer (${said})`, 'Check the network of this machine, and TELEGRAM_API_ROOT if it is set')
}
