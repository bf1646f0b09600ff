import { Composer } from 'telegraf'
import type { Database } from '../../db/open.ts'
import type { Conversation } from '../ai/converse.ts'
import type { Folding } from '../ai/fold.ts'
import type { Kind } from '../jobs/kind.ts'
import type { Limits } from '../jobs/request.ts'
import type { Runner } from '../jobs/runner.ts'
import type { LocalTime } from '../local-time.ts'
import type { Drafts } from '../telegram/drafts.ts'
import type { RemyContext } from './context.ts'

/** What features are made of. */
export interface FeatureParts {
  db: Database
  conversation: Conversation
  folding: Folding
  drafts: Drafts
  /** Ends the answer that is being written in a chat; returns whether there was one. */
  stopAnswer: (chatId: number) => boolean
  kinds: readonly Kind[]
  runner: Runner
  limits: Limits
  localTime: LocalTime
}

/** A part of the bot: what it handles, and its entry in the command menu if it has one. */
export interface Feature {
  composer: Composer<RemyContext>
  menu?: { command: string; description: string }
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
  const composer = new Composer<RemyContext>()
  composer.on('message', async (ctx, next) => {
    const command = parseCommand(ctx.words, ctx.me)
    return command?.name === name ? run(ctx, command.argument) : next()
  })
  return description ? { composer, menu: { command: name, description } } : { composer }
}
