import type { Stores } from '../../../db/open.ts'
import type { Job } from '../../jobs/lifecycle.ts'
import { placesInLine } from '../../jobs/request.ts'
import { cardLetter } from '../../telegram/job-card.ts'
import { outcomeLetter } from '../../telegram/notices.ts'
import { usageInWords } from '../../telegram/usage-in-words.ts'
import type { RemyContext } from '../context.ts'
import { defineCommand, defineJobButton, type Feature, type FeatureParts, numberOfJob } from '../feature.ts'

/** /job 42 and [Show #42]: a card with what there is to know of the job, and then its whole result again. */
export function createShowJob({ db, localTime, limits, miniAppUrl }: FeatureParts): Feature[] {
  async function show(ctx: RemyContext, { id }: Job): Promise<void> {
    await ctx.commit(async (stores) => {
      const job = await stores.jobs.getOf(ctx.userId, id)
      if (!job) return
      const steps = await stores.jobEvents.steps(id)
      const outcome = await stores.deliveries.ofOutcome(id)
      const usage = await usageOf(stores, id)
      const position = placesInLine(await stores.jobs.active(), limits).get(id)
      await ctx.post(stores, cardLetter(job, { steps, outcome, position, usage }, localTime))
      if (job.completedAt !== null) await ctx.post(stores, { ...(await outcomeLetter(stores, job, miniAppUrl)), jobId: id })
      if (ctx.callbackQuery) await ctx.toast(stores, '')
    })
  }

  async function usageOf({ modelCalls }: Pick<Stores, 'modelCalls'>, jobId: number): Promise<string | undefined> {
    const usage = await modelCalls.ofJob(jobId)
    return usage.calls > 0 ? usageInWords(usage) : undefined
  }

  return [
    defineCommand('job', 'A whole result again: /job 42', async (ctx, argument) => {
      const id = numberOfJob(argument)
      if (!id) return ctx.answer('Which one? Give me its number, for example:\n/job 42\n\n/jobs shows the latest.')
      const job = await db.jobs.getOf(ctx.userId, id)
      return job ? show(ctx, job) : ctx.answer(`You have no job #${id}. /jobs shows the latest.`)
    }),
    defineJobButton('show', db, show),
  ]
}
