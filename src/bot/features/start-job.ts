import type { Kind } from '../../jobs/kind.ts'
import { requestJob } from '../../jobs/request.ts'
import { requestText } from '../../telegram/notices.ts'
import type { RemyContext } from '../context.ts'
import { defineCommand, type Feature, type FeatureParts } from '../feature.ts'

/** A command for each kind of job. The job and its acknowledgement are one transaction. */
export function createStartJob({ kinds, runner, limits }: FeatureParts): Feature[] {
  async function start(kind: Kind, ctx: RemyContext, inputText: string): Promise<void> {
    if (!inputText) return ctx.answer(kind.usage)
    const { userId, chatId, messageThreadId = null, messageId: requestMessageId = null } = ctx
    const wish = { userId, jobType: kind.type, inputText, chatId, messageThreadId, requestMessageId }
    await ctx.commit(async (stores) => {
      const request = await requestJob(stores, limits, { ...wish, updateId: ctx.update.update_id })
      if (!request) return
      const text = requestText(request, runner.draining)
      if (request.outcome === 'full') return ctx.post(stores, { text })
      await ctx.post(stores, { purpose: 'acknowledgement', jobId: request.job.id, text, silent: true })
    })
  }

  return kinds.map((kind) => defineCommand(kind.type, kind.description, (ctx, input) => start(kind, ctx, input)))
}
