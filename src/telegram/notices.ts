import { type FinishedJob, INTERRUPTED, type PendingJob } from '../jobs/lifecycle.ts'
import { MOST_QUEUED, type Requested } from '../jobs/request.ts'
import type { Announce } from '../jobs/runner.ts'
import { post } from './outbox.ts'

/** The message about the end of a job: its full result, or why there is none. */
export function outcomeLetter({
  id,
  jobType,
  status,
  resultText,
}: FinishedJob): { text: string } | { markdown: string; title: string } {
  if (status === 'done') return { markdown: resultText, title: `✅ #${id} ${jobType}` }
  return {
    text: resultText === INTERRUPTED ? `⚠️ #${id} ${jobType}: ${INTERRUPTED}` : `❌ #${id} ${jobType} failed: ${resultText}`,
  }
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
export const announceOutcome: Announce = (stores, job) => {
  const to = { chatId: job.chatId ?? job.userId, messageThreadId: job.messageThreadId }
  return post(stores, to, { purpose: 'outcome', jobId: job.id, replyTo: job.requestMessageId, ...outcomeLetter(job) })
}

const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' }
const ordinals = new Intl.PluralRules('en', { type: 'ordinal' })

/** 1st, 2nd, 3rd, 4th, 11th, 21st. */
export function ordinal(count: number): string {
  return `${count}${endings[ordinals.select(count)] ?? 'th'}`
}
