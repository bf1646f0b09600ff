import type { Stores } from '../../db/open.ts'
import { FROM_WEB } from '../ai/tool.ts'
import { finishedOf } from '../jobs/finished-steps.ts'
import type { Job } from '../jobs/lifecycle.ts'
import type { Heard } from './context.ts'

/** How much of what a job gave goes along with a reply to it, in UTF-16 units. */
const FULL = 60_000

/** What a job gave in full, to each id of a message that one of these replies to, where that is part of a job's. */
export type RepliedJobs = ReadonlyMap<number, { of: string; text: string }>

/** Looks up which jobs the person speaks of by replying to one of their messages, however long ago those came. */
export async function repliedJobs(
  { deliveries, jobs, jobEvents }: Pick<Stores, 'deliveries' | 'jobs' | 'jobEvents'>,
  userId: number,
  messages: readonly Heard[],
): Promise<RepliedJobs> {
  const found = new Map<number, { of: string; text: string }>()
  for (const { reply_to_message: replied } of messages) {
    const messageId = replied?.message_id
    if (messageId === undefined || !Number.isSafeInteger(messageId)) continue
    const texts: string[] = []
    const names: string[] = []
    for (const id of await deliveries.jobsOf(userId, messageId)) {
      const job = await jobs.getOf(userId, id)
      if (!job) continue
      names.push(`#${id} ${job.jobType}`)
      texts.push(await wholeOf(job, jobEvents))
    }
    if (texts.length > 0) found.set(messageId, { of: names.join(', '), text: texts.join('\n\n').slice(0, FULL).toWellFormed() })
  }
  return found
}

async function wholeOf(job: Job, jobEvents: Pick<Stores['jobEvents'], 'steps'>): Promise<string> {
  const { id, jobType, status, inputText, resultText, stage } = job
  const head = `Background job #${id}, ${jobType}, ${status}${stage ? ` (${stage})` : ''}. Topic: ${inputText}`
  if (status === 'done') return [head, jobType === 'research' ? FROM_WEB : '', resultText].filter(Boolean).join('\n\n')
  const steps = finishedOf(await jobEvents.steps(id)).map(({ name, text }) => `${name}, finished so far:\n${text}`)
  const quotesWeb = jobType === 'research' && steps.length > 0 ? FROM_WEB : ''
  return [head, resultText ? `It ended without a result: ${resultText}` : '', quotesWeb, ...steps].filter(Boolean).join('\n\n')
}
