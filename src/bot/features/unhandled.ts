import { Composer } from 'telegraf'
import type { RemyContext } from '../context.ts'
import { type Feature, NO_FUNCTION } from '../feature.ts'

/** What nothing else took: a command that does not exist, a button that has no meaning any more. */
export function createUnhandled(): Feature {
  const composer = new Composer<RemyContext>()
  composer.on('message', (ctx) => ctx.answer("I don't know that command. /help shows what I can do."))
  composer.on('callback_query', (ctx) => ctx.answerButton(NO_FUNCTION))
  return { composer }
}
