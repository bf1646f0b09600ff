import type { Stores } from '../../db/open.ts'
import { type FailedJob, type FinishedJob, INTERRUPTED, STOPPED } from '../jobs/lifecycle.ts'
import type { AnnounceInterrupted } from '../jobs/reconcile.ts'
import { type Address, type Button, type Letter, post } from './outbox.ts'
import { snippet } from './snippet.ts'

/**
 * The message about the end of a job: its full result, or why there is none and what can be done. `miniAppUrl` is where a
 * long one can be read as one.
 */
export async function outcomeLetter(stores: Stores, job: FinishedJob, miniAppUrl?: string): Promise<Letter> {
  const { id, jobType, status, resultText } = job
  const readAt = miniAppUrl && `${miniAppUrl}?job=${id}`
  if (status === 'done') return { markdown: resultText, title: `✅ #${id} ${jobType}`, readAt }
  const text = failureText(id, jobType, resultText)
  return { text, buttons: [await buttonsOf(stores, job, 'Run again', 'Show what there is')] }
}

function failureText(id: number, jobType: string, reason: string): string {
  if (reason === INTERRUPTED) return `⚠️ #${id} ${jobType}: ${reason}`
  return reason === STOPPED ? `⏹ #${id} ${jobType}: ${reason}` : `❌ #${id} ${jobType} failed: ${reason}`
}

async function buttonsOf(stores: Stores, { id: jobId }: FailedJob, again: string, show: string): Promise<Button[]> {
  const steps = await stores.jobEvents.steps(jobId)
  const hasSomething = steps.some(({ outcome }) => outcome === 'done')
  const runAgain = { label: again, does: 'again', jobId } as const
  return hasSomething ? [runAgain, { label: show, does: 'steps', jobId }] : [runAgain]
}

/** Lays a job's outcome into the outbox, for the chat and topic that asked for it, as a reply to what asked. */
export async function announceOutcome(stores: Stores, job: FinishedJob, miniAppUrl?: string): Promise<void> {
  const heldUntil = await stores.deliveries.dropAcknowledgement(job.id)
  const letter = await outcomeLetter(stores, job, miniAppUrl)
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
