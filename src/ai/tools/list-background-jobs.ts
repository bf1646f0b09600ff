import Type from 'typebox'
import { searchWords } from '../../../db/job-search.ts'
import type { Job, Status } from '../../jobs/lifecycle.ts'
import { defineTool, FROM_WEB } from '../tool.ts'

/** How much of the newest result is given whole, and of the others, in UTF-16 units. */
const FULL_RESULT = 8_000
const PREVIEW = 200

const statusesOf = {
  all: undefined,
  running: ['queued', 'running'],
  done: ['done'],
  failed: ['failed'],
} as const satisfies Record<string, readonly Status[] | undefined>

const day = (description: string) =>
  Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: `${description}, as YYYY-MM-DD.` })

export const listBackgroundJobs = defineTool({
  name: 'list_background_jobs',
  description:
    "The person's ten most recent background jobs (boards, retrospectives, research), newest first, with status, times and topic; " +
    'with a query or a span of time, the ten newest that fit, however long ago. ' +
    'The newest finished one comes with its result; of the others you get the beginning, and get_background_job has the rest. ' +
    'Call it whenever the person asks how a job is doing, whether it is done, or what came out of one, now or long ago.',
  input: Type.Object(
    {
      status_filter: Type.Optional(
        Type.Enum(['all', 'done', 'running', 'failed'], {
          description: 'Only jobs of this status; running includes queued. Default: all.',
        }),
      ),
      query: Type.Optional(
        Type.String({
          maxLength: 200,
          description: 'Words that stand in the topic or the result, such as "lisbon". Few and telling ones.',
        }),
      ),
      since: Type.Optional(day('Only jobs asked for on this day or later')),
      until: Type.Optional(day('Only jobs asked for on this day or earlier')),
    },
    { additionalProperties: false },
  ),
  async run({ status_filter = 'all', query, since, until }, { asker: { userId }, localTime, stores }) {
    const words = searchWords(query ?? '')
    const jobs = await stores.jobs.find(userId, {
      statuses: statusesOf[status_filter],
      ...(words.length > 0 && { words }),
      ...(since && { since: localTime.startOfDate(since) }),
      ...(until && { until: localTime.startOfDate(until, 1) }),
      limit: 10,
    })
    const finished = jobs.filter((job) => job.completedAt !== null)
    const newestFinished = finished.reduce((a, b) => (a && a.completedAt >= b.completedAt ? a : b), finished[0])
    return {
      jobs: jobs.map((job) => ({
        ...describeJob(job),
        ...resultOf(job, job === newestFinished ? FULL_RESULT : PREVIEW),
      })),
    }
  },
})

/** A job as the tools show it to Claude. */
export function describeJob(job: Job) {
  return {
    id: job.id,
    type: job.jobType,
    status: job.status,
    ...(job.stage && { stage: job.stage }),
    created_at: job.createdAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    topic: job.inputText,
  }
}

/** Says so where a result is made of pages of the web. */
export function quoting({ jobType, status }: Job) {
  return jobType === 'research' && status === 'done' ? { note: FROM_WEB } : {}
}

function resultOf(job: Job, most: number) {
  const { resultText } = job
  if (resultText === null) return {}
  const result_length = resultText.length
  return result_length <= most
    ? { result: resultText, result_length, ...quoting(job) }
    : { result_preview: resultText.slice(0, most), result_length, ...quoting(job) }
}
