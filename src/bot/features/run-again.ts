import { finishedInWords, finishedOf } from '../../jobs/finished-steps.ts'
import type { FailedJob } from '../../jobs/lifecycle.ts'
import { requestJob } from '../../jobs/request.ts'
import { requestText } from '../../telegram/notices.ts'
import type { RemyContext } from '../context.ts'
import { defineButton, type Feature, type FeatureParts } from '../feature.ts'

/** [Run again] below the notice about a failed job: a new one that takes over what was finished. Once for each failed job. */
export function createRunAgain({ db, kinds, runner, limits, budget }: FeatureParts): Feature {
  async function runAgain(ctx: RemyContext, { id, jobType, inputText, files, requestMessageId }: FailedJob): Promise<void> {
    const kind = kinds.find(({ type }) => type === jobType)
    if (!kind) return ctx.answerButton(`Remy does not know jobs of the kind ${jobType} any more.`)
    await ctx.commit(async (stores) => {
      const earlier = await stores.jobs.rerunOf(id)
      if (earlier) return ctx.toast(stores, `#${id} is already run again as #${earlier.id}.`)
      const wish = { ...ctx.asker, requestMessageId, jobType, inputText, files, rerunOf: id }
      const request = await requestJob(stores, limits, budget, wish)
      if (!request) return
      if (!('job' in request)) return ctx.toast(stores, requestText(request, runner.draining))
      const finished = finishedInWords(finishedOf(await stores.jobEvents.steps(id)), kind)
      const takenOver = finished && `${finished} were already in.`
      const text = requestText(request, runner.draining, `It runs #${id} again.`, takenOver)
      await ctx.post(stores, { purpose: 'acknowledgement', jobId: request.job.id, text, silent: true })
      await ctx.toast(stores, `#${id} is run again as #${request.job.id}.`)
    })
  }

  return defineButton('again', db, (ctx, job) =>
    job.status === 'failed' ? runAgain(ctx, job) : ctx.answerButton(`#${job.id} has not failed: /job ${job.id}`),
  )
}
