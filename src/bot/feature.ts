import type { MiddlewareFn } from 'telegraf'
import type { Database } from '../../db/open.ts'
import type { Conversation } from '../ai/converse.ts'
import type { Folding } from '../ai/fold.ts'
import type { Ledger } from '../ai/ledger.ts'
import type { Budget } from '../jobs/budget.ts'
import type { Kind } from '../jobs/kind.ts'
import type { Job } from '../jobs/lifecycle.ts'
import type { Limits } from '../jobs/request.ts'
import type { Runner } from '../jobs/runner.ts'
import type { LocalTime } from '../local-time.ts'
import type { Drafts } from '../telegram/drafts.ts'
import type { Button, JobDeed } from '../telegram/outbox.ts'
import type { RemyContext } from './context.ts'
import { originOf } from './origin.ts'

/** What features are made of. */
export interface FeatureParts {
  db: Database
  conversation: Conversation
  folding: Folding
  drafts: Drafts
  /** Ends the answer that is being written in a chat; returns whether there was one. */
  stopAnswer: (chatId: number) => boolean
  /** Ends the turns of a chat that arrived up to a place, without an answer, and begins none before `work` is through. */
  dropTurns: <T>(chatId: number, upTo: number, work: () => Promise<T>) => Promise<T>
  kinds: readonly Kind[]
  runner: Runner
  ledger: Ledger
  limits: Limits
  budget: Budget
  localTime: LocalTime
  /** Where a long result can be read as one, inside Telegram. */
  miniAppUrl: string | undefined
  /** Who runs the service, if that is known, and how it is, in words for them. */
  ownerUserId: number | undefined
  reportStatus: (() => Promise<string>) | undefined
}

interface MenuEntry {
  command: string
  description: string
}

/** A part of the bot: what it handles, and its entry in the command menu if it has one. */
export interface Feature {
  /** The kind of update that it is asked about. What it does not take it passes on. */
  on: 'message' | 'callback_query'
  handle: MiddlewareFn<RemyContext>
  menu?: MenuEntry
  /** The same in the menu of the owner alone. */
  ownerMenu?: MenuEntry
}

/** A leading `/name`, perhaps `@bot`, and what follows it over all lines. */
const COMMAND = /^\/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]+))?(?:\s+([\s\S]*))?$/

/** Whether a text is a command, of this bot or another. */
export function isCommand(text: string): boolean {
  return COMMAND.test(text)
}

/** The name of the command in a text, whomever it is meant for. */
export function nameOfCommand(text: string): string | undefined {
  return COMMAND.exec(text)?.[1]?.toLowerCase()
}

/** The command in a text, if it is one and meant for this bot, whose name may not be known yet. */
export function parseCommand(text: string, botName: string): { name: string; argument: string } | undefined {
  const match = COMMAND.exec(text)
  if (!match?.[1] || (match[2] && botName && match[2].toLowerCase() !== botName.toLowerCase())) return undefined
  return { name: match[1].toLowerCase(), argument: match[3]?.trim() ?? '' }
}

/** Declares `/name`, in a text or under a file: `run` gets the text behind it. Without a description it is not in the menu. */
export function defineCommand(
  name: string,
  description: string | undefined,
  run: (ctx: RemyContext, argument: string) => Promise<unknown>,
): Feature {
  return {
    on: 'message',
    async handle(ctx, next) {
      const command = parseCommand(ctx.words, ctx.me)
      return command?.name === name ? run(ctx, command.argument) : next()
    },
    ...(description && { menu: { command: name, description } }),
  }
}

/**
 * Declares what a button does: `run` gets what it is about, as it was sent. Only who it was sent to can press it. Whatever
 * comes of it, the press is to be answered, so that its spinner ends.
 */
export function defineButton(
  does: Extract<Button, { does: string }>['does'],
  run: (ctx: RemyContext, about: string) => Promise<unknown>,
): Feature {
  return {
    on: 'callback_query',
    async handle(ctx, next) {
      const { data } = ctx.callbackQuery as { data?: unknown } // looked at, not trusted
      const [, pressed, about = ''] = /^([a-z]+):([\s\S]*)$/.exec(typeof data === 'string' ? data : '') ?? []
      if (pressed !== does) return next()
      if (originOf({ ...ctx.update })?.isForeign) return ctx.answerButton('This button was sent to somebody else.')
      return run(ctx, about)
    },
  }
}

/** The same for one about a job: `run` gets that job, which is the person's own. */
export function defineJobButton(does: JobDeed, db: Database, run: (ctx: RemyContext, job: Job) => Promise<unknown>): Feature {
  return defineButton(does, async (ctx, about) => {
    const id = numberOfJob(about)
    const job = id && (await db.jobs.getOf(ctx.userId, id))
    return job ? run(ctx, job) : ctx.answerButton(id ? `You have no job #${id}.` : NO_FUNCTION)
  })
}

/** The number in `42` or `#42`. */
export function numberOfJob(text: string): number | undefined {
  return Number(/^#?(\d{1,15})$/.exec(text.trim())?.[1]) || undefined
}

/** What a button says that nobody answers to. */
export const NO_FUNCTION = 'This button has no function any more.'
