import { finishedInWords, finishedOf } from '../../jobs/finished-steps.ts'
import type { FailedJob, PendingJob } from '../../jobs/lifecycle.ts'
import { isAccepted, requestJob } from '../../jobs/request.ts'
import { acknowledge, declineText } from '../../telegram/status-text.ts'
import type { RemyContext } from '../context.ts'
import { defineJobButton, type Feature, type FeatureParts } from '../feature.ts'

/**
 * [Run again] below the notice about a failed job: a new one that takes over what was finished, once for each failed job.
 * [Start another] where the same job waits or runs already.
 */
export function createRunAgain({ db, kinds, runner, limits, budget }: FeatureParts): Feature[] {
  async function runAgain(ctx: RemyContext, { id, jobType, inputText, files, requestMessageId }: FailedJob): Promise<void> {
    const kind = kinds.find(({ type }) => type === jobType)
    if (!kind) return ctx.answerButton(`Remy does not know jobs of the kind ${jobType} any more.`)
    await ctx.commit(async (stores) => {
      const earlier = await stores.jobs.rerunOf(id)
      if (earlier) return ctx.toast(stores, `#${id} is already run again as #${earlier.id}.`)
      const wish = { ...ctx.asker, requestMessageId, jobType, inputText, files, rerunOf: id }
      const request = await requestJob(stores, limits, budget, wish)
      if (!request) return
      if (!isAccepted(request)) return ctx.toast(stores, declineText(request))
      const finished = finishedInWords(finishedOf(await stores.jobEvents.steps(id)), kind)
      const more = [`It runs #${id} again.`, finished && `${finished} were already in.`]
      await acknowledge(stores, ctx, request, { draining: runner.draining, more })
      await ctx.toast(stores, `#${id} is run again as #${request.job.id}.`)
    })
  }

  async function startAnother(ctx: RemyContext, job: PendingJob): Promise<void> {
    const { id, jobType, inputText, files, requestMessageId } = job
    await ctx.commit(async (stores) => {
      const newest = await stores.jobs.twinOf(job)
      if (newest && newest.id > id) return ctx.toast(stores, `Another one is already there: #${newest.id}.`)
      const wish = { ...ctx.asker, requestMessageId, jobType, inputText, files }
      const request = await requestJob(stores, limits, budget, wish, { anyway: true })
      if (!request) return
      if (!isAccepted(request)) return ctx.toast(stores, declineText(request))
      await acknowledge(stores, ctx, request, { draining: runner.draining })
      await ctx.toast(stores, `Started another: #${request.job.id}.`)
    })
  }

  return [
    defineJobButton('again', db, (ctx, job) =>
      job.status === 'failed' ? runAgain(ctx, job) : ctx.answerButton(`#${job.id} has not failed: /job ${job.id}`),
    ),
    defineJobButton('another', db, (ctx, job) =>
      job.completedAt === null
        ? startAnother(ctx, job)
        : ctx.answerButton(`#${job.id} has ended meanwhile: just ask for it again.`),
    ),
  ]
}
