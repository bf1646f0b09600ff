import { Composer } from 'telegraf'
import type { RemyContext } from '../context.ts'
import { type Feature, type FeatureParts, parseCommand } from '../feature.ts'

/** /status: how the service is, for its owner alone; to anybody else it is no command, and stands in no menu. */
export function createShowStatus({ ownerUserId, reportStatus }: FeatureParts): Feature {
  const composer = new Composer<RemyContext>()
  composer.on('message', async (ctx, next) => {
    const isAsked = parseCommand(ctx.words, ctx.me)?.name === 'status'
    if (!isAsked || !reportStatus || ctx.userId !== ownerUserId) return next()
    await ctx.answer(await reportStatus())
  })
  return { composer, ownerMenu: { command: 'status', description: 'How the service is' } }
}
