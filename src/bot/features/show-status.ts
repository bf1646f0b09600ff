import { type Feature, type FeatureParts, parseCommand } from '../feature.ts'

/** /status: how the service is, for its owner alone; to anybody else it is no command, and stands in no menu. */
export function createShowStatus({ ownerUserId, reportStatus }: FeatureParts): Feature {
  return {
    on: 'message',
    async handle(ctx, next) {
      const isAsked = parseCommand(ctx.words, ctx.me)?.name === 'status'
      if (!isAsked || !reportStatus || ctx.userId !== ownerUserId) return next()
      await ctx.answer(await reportStatus())
    },
    ownerMenu: { command: 'status', description: 'How the service is' },
  }
}
