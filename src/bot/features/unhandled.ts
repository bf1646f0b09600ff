import { Composer } from 'telegraf'
import type { RemyContext } from '../context.ts'
import type { Feature } from '../feature.ts'

/** What nothing else took: a command that does not exist, a message without text, a button that has no meaning any more. */
export function createUnhandled(): Feature {
  const composer = new Composer<RemyContext>()
  composer.on('message', (ctx) => {
    if ('text' in ctx.message) return ctx.answer("I don't know that command. /help shows what I can do.")
    return ctx.answer('I can only read text for now. Please write it to me in words.')
  })
  composer.on('callback_query', async (ctx) => {
    await ctx.commit(async () => {})
    await ctx.answerCbQuery('This button has no function any more.').catch(() => {}) // too late for the spinner is no harm
  })
  return { composer }
}
