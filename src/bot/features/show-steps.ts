import { finishedInWords, finishedOf } from '../../jobs/finished-steps.ts'
import { INTERRUPTED, STOPPED } from '../../jobs/lifecycle.ts'
import { defineJobButton, type Feature, type FeatureParts } from '../feature.ts'

const ends: Record<string, string> = { [INTERRUPTED]: 'it was interrupted', [STOPPED]: 'it was stopped' }

/** [Show what there is] below the notice about a failed job: sends what was finished of it. Once for each job. */
export function createShowSteps({ db, kinds }: FeatureParts): Feature {
  return defineJobButton('steps', db, async (ctx, { id, jobType, status, resultText }) => {
    if (status !== 'failed') return ctx.answerButton(`#${id} has not failed: /job ${id}`)
    await ctx.commit(async (stores) => {
      const kind = kinds.find(({ type }) => type === jobType)
      const order = kind?.steps?.names ?? []
      const inOrder = (a: { name: string }, b: { name: string }) => order.indexOf(a.name) - order.indexOf(b.name)
      const finished = finishedOf(await stores.jobEvents.steps(id)).toSorted(inOrder)
      const count = finishedInWords(finished, kind)
      if (!count) return ctx.toast(stores, `Nothing of #${id} was finished.`)
      if (await stores.deliveries.hasSteps(id)) return ctx.toast(stores, `What there is of #${id} was already sent.`)
      const end = ends[resultText] ?? 'it failed'
      const quotes = finished.map(({ name, text }) => `**${name}**\n${text.replace(/^/gm, '> ')}`)
      const markdown = [`${count} were in when ${end}.`, '---', ...quotes].join('\n\n')
      await ctx.post(stores, { purpose: 'steps', jobId: id, title: `🗂 #${id} ${jobType}: what there is`, markdown })
      await ctx.toast(stores, `Here is what there is of #${id}.`)
    })
  })
}
