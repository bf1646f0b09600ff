import type { Kind } from '../../jobs/kind.ts'
import { isAccepted, requestJob } from '../../jobs/request.ts'
import { acknowledge, declineLetter } from '../../telegram/status-text.ts'
import type { RemyContext } from '../context.ts'
import { defineCommand, type Feature, type FeatureParts } from '../feature.ts'
import { aroundWords } from '../in-words.ts'
import { repliedJobs } from '../replied-jobs.ts'

/** What a job is about that was asked for without a word. */
const WITHOUT_WORDS = 'What came along with this.'

/** A command for each kind of job. The job and its acknowledgement are one transaction. */
export function createStartJob({ db, kinds, runner, limits, budget }: FeatureParts): Feature[] {
  async function start(kind: Kind, ctx: RemyContext, argument: string): Promise<void> {
    const { files, refusals } = ctx.brought
    if (refusals.length > 0) return ctx.answer(`${refusals.join('\n')}\n\nSo I have not started a ${kind.type}.`)
    const { messages } = ctx.delivered
    const around = aroundWords(messages, await repliedJobs(db, ctx.userId, messages))
    const isAlone = !argument && (around || files.length > 0)
    const own = kind.readInput(argument) ?? (isAlone ? kind.readInput(WITHOUT_WORDS) : undefined)
    const inputText = own && kind.takesMaterial ? [own, around].filter(Boolean).join('\n\n') : own
    if (inputText === undefined) return ctx.answer(kind.usage)
    await ctx.commit(async (stores) => {
      const request = await requestJob(stores, limits, budget, { ...ctx.asker, jobType: kind.type, inputText })
      if (!request) return
      if (isAccepted(request)) await acknowledge(stores, ctx, request, { draining: runner.draining })
      else await ctx.post(stores, declineLetter(request))
    })
  }

  return kinds.map((kind) => defineCommand(kind.type, kind.description, (ctx, input) => start(kind, ctx, input)))
}
