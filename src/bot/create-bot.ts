import type { FastifyBaseLogger } from 'fastify'
import { Composer, Telegraf } from 'telegraf'
import type { Update, UserFromGetMe } from 'telegraf/types'
import type { StoredUpdate } from '../../db/updates.ts'
import { type Api, patientDelay } from '../telegram/api.ts'
import { untilItWorks } from '../until-it-works.ts'
import { isOwnCommand } from './company.ts'
import { type Delivered, type Heard, RemyContext } from './context.ts'
import type { Feature, FeatureParts } from './feature.ts'
import { features } from './features/index.ts'
import type { GatheredTurn } from './gather.ts'
import { legible } from './legible.ts'
import { originOf } from './origin.ts'

/** What features are asked about. */
const KINDS = ['message', 'callback_query'] as const satisfies Feature['on'][]

/** The bot: its features behind Telegraf, fed with stored updates instead of Telegraf's own webhook. */
export function createBot(parts: FeatureParts & { api: Api; signal: AbortSignal }) {
  const { api, db, signal } = parts
  // Telegraf would make a client of its own for each update, with its own HTTP; this hands every context ours.
  class ContextWithApi extends RemyContext {
    constructor(update: Update, _client: unknown, me: UserFromGetMe) {
      super(update, api, me)
    }
  }
  const bot = new Telegraf<RemyContext>(api.token, {
    contextType: ContextWithApi,
    handlerTimeout: Number.POSITIVE_INFINITY,
  })
  bot.telegram = api
  // Until Telegram has told it: no update waits for that, and a command for `@whoever` is taken to be ours.
  bot.botInfo = { id: Number(api.token.split(':')[0]), is_bot: true, first_name: 'Remy', username: '' } as UserFromGetMe
  bot.catch((error) => {
    throw error // to the dispatcher; Telegraf's own way would print the update and spoil the exit code
  })

  const deliveries = new WeakMap<Update, Delivered>()
  bot.use((ctx, next) => {
    Object.assign(ctx, { db, signal, delivered: deliveries.get(ctx.update) })
    return next()
  })
  const built = features.flatMap((createFeature) => createFeature(parts))
  for (const kind of KINDS) {
    const asked = built.filter(({ on }) => on === kind)
    bot.on(kind, Composer.compose(asked.map(({ handle }) => handle)))
  }

  return {
    /** The menu that people see. */
    commands: built.flatMap(({ menu }) => menu ?? []),

    /** The menu that the owner sees. */
    ownerCommands: built.flatMap(({ menu, ownerMenu }) => menu ?? ownerMenu ?? []),

    /** Learns from Telegram who the bot is, trying again until it works. */
    async identify(signal: AbortSignal, log: FastifyBaseLogger): Promise<void> {
      const onFailure = (err: unknown) => log.warn({ err }, 'Telegram does not tell yet who the bot is')
      bot.botInfo = await untilItWorks(() => api.getMe(), { delayMs: patientDelay, onFailure, signal })
    },

    /**
     * Runs stored updates, one or all of a turn, through the features. Returns whether a feature has marked them as handled.
     * Rejects with what a feature threw.
     */
    async handle(stored: StoredUpdate[], turn?: GatheredTurn): Promise<boolean> {
      const raws = stored.flatMap(({ payload }) => {
        const raw = readPayload(payload)
        const origin = originOf(raw)
        if (!origin) return []
        const part = raw[origin.kind]
        const isMessage = origin.kind === 'message' || origin.kind === 'edited_message'
        return [{ update_id: raw.update_id, [origin.kind]: isMessage ? legible(part) : part } as Update] // what was looked at, and no more
      })
      const messages = messagesOf(raws)
      const asking = messages.find(isOwnCommand) ?? messages[0]
      const carrier = raws.find((update) => 'message' in update && update.message.message_id === asking?.message_id) ?? raws[0]
      if (!carrier || !KINDS.some((kind) => kind in carrier)) return false // nobody asks about it
      const update = asking && 'message' in carrier ? { ...carrier, message: asking } : carrier
      const others = messages.filter((message) => message !== asking)
      const delivered = { stored, messages: asking ? [asking, ...others] : [], turn, areMarked: false }
      deliveries.set(update as Update, delivered)
      await bot.handleUpdate(update as Update)
      return delivered.areMarked
    },
  }
}

/** The messages of a turn in their order, each as it was edited last. */
function messagesOf(updates: Update[]): Heard[] {
  const messages = new Map<number, Heard>()
  for (const update of updates) {
    if ('message' in update) messages.set(update.message.message_id, update.message)
    if ('edited_message' in update && messages.has(update.edited_message.message_id)) {
      messages.set(update.edited_message.message_id, update.edited_message as Heard)
    }
  }
  return [...messages.values()]
}

/** What JSON writes as an escape may be one of those; of all else there is nothing to clean. */
function readPayload(payload: string) {
  return payload.includes('\\u') ? JSON.parse(payload, cleanText) : JSON.parse(payload)
}

/** Lone surrogates and NUL are no text: neither SQLite nor Claude's API keeps them. */
function cleanText(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '') : value
}

export type Bot = ReturnType<typeof createBot>
