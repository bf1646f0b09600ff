import { createHash } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { Database } from '../../db/open.ts'
import { untilItWorks } from '../until-it-works.ts'
import { type Api, patientDelay } from './api.ts'

/** The kinds of update that Telegram is asked for. */
export const ALLOWED_UPDATES = ['message', 'edited_message', 'callback_query', 'my_chat_member'] as const

/** Where the webhook stands under the public address. */
export const WEBHOOK_PATH = '/telegram/webhook'

/** What stands on the button. */
const MENU_BUTTON = 'Jobs'

const FINGERPRINT = 'webhook_secret_fingerprint'

interface Parts {
  api: Api
  db: Database
  /** Without one, the webhook is left as it is. */
  publicUrl: string | undefined
  secret: string
  commands: { command: string; description: string }[]
  /** What the button beside the field for messages opens; without one, the button is left as it is. */
  miniAppUrl: string | undefined
  signal: AbortSignal
  log: FastifyBaseLogger
}

/**
 * Registers webhook, command menu and menu button where they differ from what Telegram has, and tries again until it works. The secret
 * is compared by a fingerprint of the one registered last, since Telegram does not tell it.
 */
export async function register({ api, db, publicUrl, secret, commands, miniAppUrl, signal, log }: Parts): Promise<void> {
  const fingerprint = createHash('sha256').update(secret).digest('hex')

  async function registerWebhook(): Promise<void> {
    if (!publicUrl) return log.info('PUBLIC_URL is not set: the webhook is left as it is')
    const url = publicUrl + WEBHOOK_PATH
    const info = await api.getWebhookInfo().catch(() => undefined) // what cannot be compared is set
    const asked = new Set<string>(info?.allowed_updates)
    const sameKinds = asked.size === ALLOWED_UPDATES.length && ALLOWED_UPDATES.every((kind) => asked.has(kind))
    if (info?.url === url && sameKinds && (await db.settings.get(FINGERPRINT)) === fingerprint) return
    await api.setWebhook(url, { secret_token: secret, allowed_updates: [...ALLOWED_UPDATES] })
    await db.settings.set(FINGERPRINT, fingerprint)
    log.info({ url }, 'The webhook is registered')
  }

  async function registerCommands(): Promise<void> {
    const flat = (list: readonly { command: string; description: string }[]) =>
      list.map((item) => `${item.command} ${item.description}`).join('\n')
    if (flat(await api.getMyCommands().catch(() => [])) === flat(commands)) return
    await api.setMyCommands(commands)
    log.info('The command menu is registered')
  }

  async function registerMenuButton(): Promise<void> {
    if (!miniAppUrl) return
    const shown = await api.getChatMenuButton().catch(() => undefined)
    if (shown?.type === 'web_app' && shown.web_app.url === miniAppUrl && shown.text === MENU_BUTTON) return
    await api.setChatMenuButton({ menuButton: { type: 'web_app', text: MENU_BUTTON, web_app: { url: miniAppUrl } } })
    log.info({ url: miniAppUrl }, 'The menu button is registered')
  }

  for (const registration of [registerWebhook, registerCommands, registerMenuButton]) {
    const onFailure = (err: unknown) => log.warn({ err }, 'Webhook, command menu or menu button could not be registered yet')
    await untilItWorks(registration, { delayMs: patientDelay, onFailure, signal })
  }
}
