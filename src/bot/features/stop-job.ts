import { type Job, STOPPED } from '../../jobs/lifecycle.ts'
import { announceOutcome } from '../../telegram/notices.ts'
import type { RemyContext } from '../context.ts'
import { defineCommand, defineJobButton, type Feature, type FeatureParts, numberOfJob } from '../feature.ts'

/**
 * /cancel 42 and [Stop]: the job ends as failed, with its finished steps kept. The registry is told first, so a late success
 * finds it ended; the runner sees that there and aborts what is under way, down to the calls.
 */
export function createStopJob({ db }: FeatureParts): Feature[] {
  /** `say` tells the person of what did not happen, or confirms a press. */
  async function stop(ctx: RemyContext, { id }: Job, say: 'answer' | 'toast'): Promise<void> {
    await ctx.commit(async (stores) => {
      const stopped = await stores.jobs.setStopped(id, STOPPED)
      if (stopped) await announceOutcome(stores, stopped)
      const text = stopped ? `#${id} is stopped.` : `#${id} had already ended: /job ${id}`
      if (say === 'toast') await ctx.toast(stores, text)
      else if (!stopped) await ctx.post(stores, { text })
    })
  }

  async function cancel(ctx: RemyContext, argument: string): Promise<void> {
    const given = numberOfJob(argument)
    if (argument && !given) return ctx.answer('Give me the number of the job to stop, for example:\n/cancel 42')
    const active = given ? [] : await db.jobs.listRecent(ctx.userId, 2, ['queued', 'running'])
    if (active.length === 0 && !given) return ctx.answer('Nothing is running or waiting. /jobs shows the latest.')
    if (active.length > 1) return ctx.answer('Which one? Several are under way: /jobs shows them. For example:\n/cancel 42')
    const job = given ? await db.jobs.getOf(ctx.userId, given) : active[0]
    return job ? stop(ctx, job, 'answer') : ctx.answer(`You have no job #${given}. /jobs shows the latest.`)
  }

  return [
    defineCommand('cancel', 'Stop a background job: /cancel 42', cancel),
    defineJobButton('stop', db, (ctx, job) => stop(ctx, job, 'toast')),
  ]
}
