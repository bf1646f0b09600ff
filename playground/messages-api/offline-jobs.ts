// What the job tools gave, put into sentences.
import { capitalised, quoted } from './offline-topic.ts'
import { type Call, parsed } from './offline-turn.ts'

/** A job as the tools of the service show it. */
export type Job = {
  id?: string | number
  type?: string
  status?: string
  created_at?: string | null
  started_at?: string | null
  completed_at?: string | null
  topic?: string
  result?: string | null
  result_preview?: string
  result_length?: number
  offset?: number
  next_offset?: number | null
}

const shortEnough = 700

/** What list_background_jobs gave; undefined where it failed. */
export function jobsIn(list: Call): Job[] | undefined {
  const given = list.failed ? undefined : parsed(list.text)
  const jobs = Array.isArray(given) ? given : (given as { jobs?: unknown } | undefined)?.jobs
  return Array.isArray(jobs) ? (jobs as Job[]) : undefined
}

export function newestFirst(jobs: Job[]): Job[] {
  return jobs.toSorted((a, b) => (b.created_at ?? '').localeCompare(a.created_at ?? ''))
}

export function nameOf(job: Job): string {
  const number = job.id === undefined ? '' : ` #${job.id}`
  return `${job.type ?? 'job'}${number}${job.topic ? ` on ${quoted(job.topic, 80)}` : ''}`
}

/** One sentence, or two; times in the person's time zone. */
export function stateOf(job: Job, timeZone: string): string {
  const name = capitalised(nameOf(job))
  const at = (words: string, time: string | null | undefined) => (time ? `${words} ${clock(time, timeZone)}` : '')
  if (job.status === 'done') return `${name} is done${at(', finished at', job.completed_at)}.`
  if (job.status === 'running') return `${name} is running${at(', started at', job.started_at)}.`
  if (job.status === 'queued') return `${name} is waiting for its turn${at(' since', job.created_at)}.`
  if (job.status !== 'failed') return `${name} is in the state ${job.status ?? 'unknown'}.`
  const again = job.result === 'interrupted by restart' ? ' You can ask for it again.' : ''
  return `${name} failed${job.result ? `: ${job.result.replace(/\.$/, '')}` : ''}.${again}`
}

/** The parts of a verdict that are named for what matters; of another long result, its beginning. */
export function heartOf(result: string): string {
  if (result.length <= shortEnough) return result
  const paragraphs = result.split(/\n{2,}/)
  const named = paragraphs.filter((text) => /^\**(What to do|The biggest risk|The open question):/.test(text))
  if (named.length > 0) return named.join('\n\n')
  const beginning = paragraphs.filter((_, index) => paragraphs.slice(0, index + 1).join().length <= shortEnough)
  return beginning.length > 0 ? beginning.join('\n\n') : `${result.slice(0, shortEnough).toWellFormed()}…`
}

// The zone is read from the conversation, so it may be none.
function clock(time: string, timeZone: string): string {
  try {
    return new Date(time).toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
  } catch {
    return `${clock(time, 'UTC')} UTC`
  }
}
