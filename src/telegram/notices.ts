import type { Stores } from '../../db/open.ts'
import { type FailedJob, type FinishedJob, INTERRUPTED, type PendingJob } from '../jobs/lifecycle.ts'
import type { AnnounceInterrupted } from '../jobs/reconcile.ts'
import { MOST_QUEUED, type Requested } from '../jobs/request.ts'
import type { Announce } from '../jobs/runner.ts'
import { ordinal } from './ordinal.ts'
import { type Address, type Button, type Letter, post } from './outbox.ts'
import { snippet } from './snippet.ts'

/** The message about the end of a job: its full result, or why there is none and what can be done. */
export async function outcomeLetter(stores: Stores, job: FinishedJob): Promise<Letter> {
  const { id, jobType, status, resultText } = job
  if (status === 'done') return { markdown: resultText, title: `✅ #${id} ${jobType}` }
  const isInterrupted = resultText === INTERRUPTED
  const text = isInterrupted ? `⚠️ #${id} ${jobType}: ${INTERRUPTED}` : `❌ #${id} ${jobType} failed: ${resultText}`
  return { text, buttons: [await buttonsOf(stores, job, 'Run again', 'Show what there is')] }
}

async function buttonsOf(stores: Stores, { id: jobId }: FailedJob, again: string, show: string): Promise<Button[]> {
  const steps = await stores.jobEvents.steps(jobId)
  const hasSomething = steps.some(({ outcome }) => outcome === 'done')
  const runAgain = { label: again, does: 'again', jobId } as const
  return hasSomething ? [runAgain, { label: show, does: 'steps', jobId }] : [runAgain]
}

/** What a job that has not ended is doing; `since` is a time as people read it. */
export function pendingText({ id, jobType, status }: PendingJob, since: string): string {
  const [mark, doing] = status === 'running' ? ['⏳', 'running'] : ['🕓', 'waiting']
  return `${mark} #${id} ${jobType} is ${doing} since ${since}. I'll message you when it's done.`
}

/** What a person reads at once who asked for a job. While `draining`, none begins. */
export function requestText(request: Requested, draining: boolean): string {
  if (request.outcome === 'full') {
    return `You already have ${MOST_QUEUED} jobs waiting. Please ask again when some of them are done; /jobs shows them.`
  }
  const { id, jobType } = request.job
  if (draining) return `Queued #${id}. I am just restarting; it begins right after.`
  if (request.outcome === 'queued') return `Queued #${id}, ${ordinal(request.position)} in line`
  return `Started #${id} · ${jobType}. I'll message you when it's done.`
}

/** Lays a job's outcome into the outbox, for the chat and topic that asked for it, as a reply to what asked. */
export const announceOutcome: Announce = async (stores, job) => {
  const heldUntil = await stores.deliveries.dropAcknowledgement(job.id)
  const letter = await outcomeLetter(stores, job)
  const [first] = await post(stores, addressOf(job), {
    purpose: 'outcome',
    jobId: job.id,
    replyTo: job.requestMessageId,
    ...letter,
  })
  if (heldUntil && first) await stores.deliveries.hold(first, heldUntil)
}

/** How many jobs one notice names. */
const MOST_NAMED = 10

/** The same for jobs of one chat that a stop interrupted: several have one notice. */
export const announceInterrupted: AnnounceInterrupted = async (stores, jobs) => {
  const [first, ...more] = jobs
  if (!first) return
  if (more.length === 0) return announceOutcome(stores, first)
  const holds: string[] = []
  for (const { id } of jobs) holds.push((await stores.deliveries.dropAcknowledgement(id)) ?? '')
  const heldUntil = holds.toSorted().at(-1)
  const named = jobs.slice(0, MOST_NAMED)
  const lines = named.map(({ id, jobType, inputText }) => `#${id} ${jobType} · ${snippet(inputText)}`)
  if (jobs.length > named.length) lines.push(`and ${jobs.length - named.length} more: /jobs`)
  const buttons = await Promise.all(named.map((job) => buttonsOf(stores, job, `Run #${job.id} again`, `Show #${job.id}`)))
  const text = [`⚠️ ${jobs.length} jobs were interrupted:`, ...lines].join('\n')
  const [noticeId] = await post(stores, addressOf(first), { purpose: 'outcome', text, buttons })
  if (!noticeId) return
  if (heldUntil) await stores.deliveries.hold(noticeId, heldUntil)
  await stores.jobs.setNotice(
    jobs.map(({ id }) => id),
    noticeId,
  )
}

function addressOf({ chatId, userId, messageThreadId }: FinishedJob): Address {
  return { chatId: chatId ?? userId, messageThreadId }
}
