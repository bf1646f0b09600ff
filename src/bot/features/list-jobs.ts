import type { Job } from '../../jobs/lifecycle.ts'
import { elapsed, type LocalTime, stopwatch } from '../../local-time.ts'
import { toFormatted } from '../../telegram/format/markdown.ts'
import { marks } from '../../telegram/job-card.ts'
import type { Button } from '../../telegram/outbox.ts'
import { snippet } from '../../telegram/snippet.ts'
import { defineButton, defineCommand, type Feature, type FeatureParts, NO_FUNCTION } from '../feature.ts'
import { type Filter, filters, fromButton, toButton, toSearch, type View, viewOf } from '../job-list.ts'

/** How many jobs one list shows. */
const SHOWN = 10
/** How many buttons fit side by side on a phone. */
const A_ROW = 2

/** /jobs: the ten most recent of this person's, newest first; with a state or with words, those. Its buttons change it in place. */
export function createListJobs({ db, localTime }: FeatureParts): Feature[] {
  async function letterOf(userId: number, view: View) {
    const { jobs, hasNewer, hasOlder } = await pageOf(userId, view)
    const isPlain = view.filter === 'a' && view.words.length === 0
    if (jobs.length === 0 && isPlain && view.from === undefined) return { text: 'No background jobs yet.' }
    const lines = jobs.map((job) => describe(job, localTime))
    const nothing = view.words.length > 0 ? 'Nothing found.' : `No ${filters[view.filter].label.toLowerCase()} jobs.`
    const text = [titleOf(view), ...(lines.length > 0 ? lines : [nothing])].join('\n')
    return { text, buttons: buttonsOf(jobs, view, hasNewer, hasOlder) }
  }

  async function pageOf(userId: number, view: View) {
    const isNewer = view.from?.than === 'newer'
    const found = await db.jobs.find(userId, toSearch(view, SHOWN))
    // One more than is shown: on the far side of where the page begins.
    const jobs = isNewer ? found.slice(-SHOWN) : found.slice(0, SHOWN)
    const hasMore = found.length > SHOWN
    return { jobs, hasNewer: isNewer ? hasMore : view.from !== undefined, hasOlder: isNewer || hasMore }
  }

  return [
    defineCommand('jobs', 'Your background jobs; /jobs lisbon searches', async (ctx, argument) => {
      const letter = await letterOf(ctx.userId, viewOf(argument))
      await ctx.commit((stores) => ctx.post(stores, letter))
    }),
    defineButton('jobs', async (ctx, about) => {
      const view = fromButton(about)
      const previewMessageId = ctx.pressedMessageId
      if (!view || !previewMessageId) return ctx.answerButton(NO_FUNCTION)
      const letter = await letterOf(ctx.userId, view)
      await ctx.commit(async (stores) => {
        await ctx.post(stores, { ...letter, previewMessageId })
        await ctx.toast(stores, '')
      })
    }),
  ]
}

function titleOf({ filter, words }: View): string {
  const what = filter === 'a' ? 'Recent background jobs' : `${filters[filter].label} background jobs`
  return words.length > 0 ? `🔎 ${what} about “${words.join(' ')}”` : `📋 ${what}`
}

function describe(job: Job, localTime: LocalTime): string {
  const { id, jobType, status, startedAt, createdAt, stage, completedAt } = job
  const facts = [`#${id} ${jobType} ${marks[status]}`]
  if (status === 'running') facts.push(...(stage ? [stage] : []), stopwatch(startedAt ?? createdAt, new Date().toISOString()))
  else facts.push(localTime.short(startedAt ?? createdAt))
  if (status === 'done' && startedAt) facts.push(elapsed(startedAt, completedAt))
  const text = job.resultText === null ? snippet(job.inputText) : snippet(toFormatted(job.resultText.slice(0, 1_000)).text)
  return text ? `${facts.join(' · ')}\n    ${text}` : facts.join(' · ')
}

function buttonsOf(jobs: Job[], view: View, hasNewer: boolean, hasOlder: boolean): Button[][] {
  const turn = (label: string, to: Partial<View>): Button => ({ label, does: 'jobs', about: toButton({ ...view, ...to }) })
  const chosen = (Object.keys(filters) as Filter[]).map((filter) => {
    const { label } = filters[filter]
    return turn(filter === view.filter ? `• ${label}` : label, { filter, from: undefined })
  })
  const [first, last] = [jobs.at(0), jobs.at(-1)]
  const turns = [
    ...(hasNewer && first ? [turn('◀ Newer', { from: { than: 'newer', jobId: first.id } })] : []),
    ...(hasNewer && !first ? [turn('◀ Newest', { from: undefined })] : []),
    ...(hasOlder && last ? [turn('Older ▶', { from: { than: 'older', jobId: last.id } })] : []),
  ]
  return [...inRows(jobs.map(buttonOf)), ...(turns.length > 0 ? [turns] : []), chosen]
}

function buttonOf({ id: jobId, status }: Job): Button {
  if (status === 'done') return { label: `Show #${jobId}`, does: 'show', jobId }
  if (status === 'failed') return { label: `Run #${jobId} again`, does: 'again', jobId }
  return { label: `Stop #${jobId}`, does: 'stop', jobId }
}

function inRows(buttons: Button[]): Button[][] {
  return buttons.flatMap((_, index) => (index % A_ROW === 0 ? [buttons.slice(index, index + A_ROW)] : []))
}
