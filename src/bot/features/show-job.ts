import { deliveryInWords } from '../../telegram/delivery-in-words.ts'
import { outcomeLetter, pendingText } from '../../telegram/notices.ts'
import { defineCommand, type Feature, type FeatureParts } from '../feature.ts'

/** /job 42: the whole result again, or what the job is doing. */
export function createShowJob({ db, localTime }: FeatureParts): Feature {
  return defineCommand('job', 'A whole result again: /job 42', async (ctx, argument) => {
    const id = Number(/^#?(\d{1,15})$/.exec(argument)?.[1])
    if (!id) return ctx.answer('Which one? Give me its number, for example:\n/job 42\n\n/jobs shows the latest.')
    const job = await db.jobs.getOf(ctx.userId, id)
    if (!job) return ctx.answer(`You have no job #${id}. /jobs shows the latest.`)
    if (job.status === 'done' || job.status === 'failed') {
      const delivery = deliveryInWords(await db.deliveries.ofOutcome(id), localTime)
      return ctx.commit(async (stores) => {
        await ctx.post(stores, await outcomeLetter(stores, job))
        if (delivery) await ctx.post(stores, { text: `#${id}: ${delivery}`, silent: true })
      })
    }
    return ctx.answer(pendingText(job, localTime.short(job.startedAt ?? job.createdAt)))
  })
}
