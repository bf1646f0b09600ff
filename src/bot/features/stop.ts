import { defineCommand, type Feature, type FeatureParts } from '../feature.ts'

/** /stop: what is written so far is the answer. Background jobs go on. */
export function createStop({ stopAnswer }: FeatureParts): Feature {
  return defineCommand('stop', 'End the answer being written', async (ctx) => {
    if (ctx.delivered.turn)
      await ctx.answer('⏹ Stopped.') // an edit made it so: the answer has ended by that
    else if (stopAnswer(ctx.chatId)) await ctx.commit(async () => {})
    else await ctx.answer('I am not writing anything just now. Background jobs go on: /jobs')
  })
}
