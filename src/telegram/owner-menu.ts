import type { FastifyBaseLogger } from 'fastify'
import { TelegramError } from 'telegraf'
import type { Database } from '../../db/open.ts'
import { untilItWorks } from '../until-it-works.ts'
import { type Api, patientDelay } from './api.ts'

/** Whose menu it was last, so that it is taken back from one who owns the service no more. */
const OWNER = 'owner_menu_of'

interface Parts {
  api: Api
  db: Database
  ownerUserId: number | undefined
  commands: { command: string; description: string }[]
  signal: AbortSignal
  log: FastifyBaseLogger
}

/** Gives the owner's chat a command menu of its own where it differs from what Telegram has, and tries again until it works. */
export async function registerOwnerMenu({ api, db, ownerUserId, commands, signal, log }: Parts): Promise<void> {
  const scopeOf = (chatId: number) => ({ scope: { type: 'chat' as const, chat_id: chatId } })
  const flat = (list: readonly { command: string; description: string }[]) =>
    list.map((item) => `${item.command} ${item.description}`).join('\n')

  async function registerMenu(): Promise<void> {
    const before = Number(await db.settings.get(OWNER)) || undefined
    if (before && before !== ownerUserId) await unlessUnknown(() => api.deleteMyCommands(scopeOf(before)))
    if (ownerUserId !== undefined) {
      const current = await api.getMyCommands(scopeOf(ownerUserId)).catch(() => [])
      if (flat(current) !== flat(commands)) await unlessUnknown(() => api.setMyCommands(commands, scopeOf(ownerUserId)))
    }
    if (before !== ownerUserId) await db.settings.set(OWNER, String(ownerUserId ?? ''))
  }

  /** A person who has never written to the bot has no chat, and no menu: the next boot tries again. */
  async function unlessUnknown(work: () => Promise<unknown>): Promise<void> {
    await work().catch((error) => {
      if (!(error instanceof TelegramError && (error.code === 400 || error.code === 403))) throw error
      log.warn({ err: error }, "The owner's command menu could not be changed: have they written to the bot?")
    })
  }

  const onFailure = (err: unknown) => log.warn({ err }, "The owner's command menu could not be registered yet")
  await untilItWorks(registerMenu, { delayMs: patientDelay, onFailure, signal })
}
