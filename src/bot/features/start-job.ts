import { Composer } from 'telegraf'
import type { Kind } from '../../jobs/kind.ts'
import { requestJob } from '../../jobs/request.ts'
import { requestText } from '../../telegram/notices.ts'
import type { RemyContext } from '../context.ts'
import { type Feature, type FeatureParts, onCommand } from '../feature.ts'

/** A command for each kind of job. The job and its acknowledgement are one transaction. */
export function createStartJob({ kinds, runner, limits }: FeatureParts): Feature {
  async function start(kind: Kind, ctx: RemyContext, input: string): Promise<void> {
    if (!input) return ctx.answer(kind.usage)
    await ctx.commit(async (stores) => {
      const request = await requestJob(stores, limits, {
        userId: ctx.userId,
        jobType: kind.type,
        inputText: input,
        chatId: ctx.chatId,
        messageThreadId: ctx.messageThreadId ?? null,
        requestMessageId: Number.isSafeInteger(ctx.msg?.message_id) ? (ctx.msg?.message_id ?? null) : null,
        updateId: ctx.update.update_id,
      })
      if (!request) return
      const text = requestText(request, runner.draining)
      if (request.outcome === 'full') return ctx.post(stores, { text })
      await ctx.post(stores, { purpose: 'acknowledgement', jobId: request.job.id, text, silent: true })
    })
  }

  return {
    composer: new Composer(...kinds.map((kind) => onCommand(kind.type, (ctx, input) => start(kind, ctx, input)))),
    commands: kinds.map(({ type, description }) => ({ command: type, description })),
  }
}
