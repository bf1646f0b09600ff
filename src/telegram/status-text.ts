import type { Stores } from '../../db/open.ts'
import { INTERRUPTED, type Job, STOPPED } from '../jobs/lifecycle.ts'
import { type Accepted, MOST_QUEUED, type Requested } from '../jobs/request.ts'
import { elapsed, stopwatch } from '../local-time.ts'
import { budgetWord, usedUpText } from './budget-notices.ts'
import { ordinal } from './ordinal.ts'
import { type Address, type Button, type Letter, post } from './outbox.ts'
import { snippet } from './snippet.ts'

/** What a status message says. `key` is that without the time: while it stays the same, the message does. */
export interface StatusText {
  key: string
  text: string
}

/** What the status message of a job is to say, which follows from the registry alone. `position` is its place in line. */
export function statusOf(job: Job, position?: number, now = new Date()): StatusText {
  const name = `#${job.id} ${job.jobType}`
  const same = (text: string): StatusText => ({ key: text, text })
  const since = job.startedAt ?? job.createdAt
  switch (job.status) {
    case 'queued':
      return same(position === undefined ? startedText(job) : `Queued #${job.id}, ${ordinal(position)} in line`)
    case 'running': {
      if (!job.stage) return same(startedText(job))
      const key = `${name} · ${job.stage}`
      return { key, text: `${key} · ${stopwatch(since, now.toISOString())}` }
    }
    case 'done':
      return same(`${name} · ✅ done in ${elapsed(since, job.completedAt)}`)
    case 'failed':
      // The notice below it says the rest.
      if (job.resultText === STOPPED) return same(`${name} · ⏹ stopped after ${stopwatch(since, job.completedAt)}`)
      if (job.resultText === INTERRUPTED) return same(`${name} · ⚠️ cut off by a restart`)
      return same(`${name} · ❌ failed: ${snippet(job.resultText)}`)
  }
}

function startedText({ id, jobType }: Job): string {
  return `Started #${id} · ${jobType}. I'll message you when it's done.`
}

/** The buttons below the status message of a job. */
export function statusButtons({ id, status }: Job): Button[][] {
  return status === 'queued' || status === 'running' ? [[{ label: 'Stop', does: 'stop', jobId: id }]] : []
}

/**
 * Lays the acknowledgement of a job into the outbox, which is its status message from then on: it is edited as the job
 * moves. While `draining`, no job begins. `more` follows in the first text alone.
 */
export async function acknowledge(
  stores: Stores,
  to: Address,
  request: Accepted,
  { draining, more = [] }: { draining: boolean; more?: (string | undefined)[] },
): Promise<void> {
  const { job } = request
  const said = draining
    ? `Queued #${job.id}. I am about to restart; it begins right after.`
    : statusOf(job, 'position' in request ? request.position : undefined).key
  const word = budgetWord(request.budget)
  const text = [[said, ...more].filter(Boolean).join(' '), word].filter(Boolean).join('\n')
  await post(stores, to, { purpose: 'acknowledgement', jobId: job.id, text, silent: true, buttons: statusButtons(job) })
  await stores.statusMessages.add(job.id, said)
}

type Declined = Exclude<Requested, Accepted>

/** Why no job was made, and what the person can do. */
export function declineText(request: Declined, now = new Date()): string {
  if (request.outcome === 'over budget') return usedUpText(request.budget)
  if (request.outcome === 'full') {
    return `You already have ${MOST_QUEUED} jobs waiting. Please ask again when some of them are done; /jobs shows them.`
  }
  const { id, jobType, status, startedAt, createdAt, stage } = request.job
  const doing = [`#${id} ${jobType}`, stage, stopwatch(startedAt ?? createdAt, now.toISOString())].filter(Boolean)
  return `Already ${status === 'running' ? 'running' : 'waiting'}: ${doing.join(' · ')}. I'll message you when it's done.`
}

/** The same as a message; a job that is there already can be asked for once more, or stopped. */
export function declineLetter(request: Declined): Letter {
  const text = declineText(request)
  if (request.outcome !== 'twin') return { text }
  const { job } = request
  const another: Button = { label: 'Start another', does: 'another', jobId: job.id }
  return { text, jobId: job.id, buttons: [[another, ...statusButtons(job).flat()]] }
}
