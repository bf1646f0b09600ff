import type { FastifyBaseLogger } from 'fastify'
import type { Step } from '../../db/job-events.ts'
import type { Account } from '../../db/model-calls.ts'
import type { Database } from '../../db/open.ts'
import { whenWritable } from '../../db/storage-errors.ts'
import type { Attachment } from '../attachment.ts'
import { Failure, reasonOf } from '../failure.ts'
import type { LocalTime } from '../local-time.ts'
import { aboutOf, stepsToReuse } from './finished-steps.ts'
import type { Answer, JobContext, Kind, Past, Prompt } from './kind.ts'
import type { RunningJob } from './lifecycle.ts'
import type { Hear, Stage } from './stage.ts'

export interface WorkParts {
  db: Database
  kinds: readonly Kind[]
  ask: (prompt: Prompt, files: readonly Attachment[], signal: AbortSignal, account: Account, hear: Hear) => Promise<Answer>
  /** What was said lately in a chat. */
  recall: (chatId: number) => Promise<string>
  /** What is stored of a person since a time. */
  lookBack: (userId: number, since: string) => Promise<Past>
  localTime: LocalTime
  log: Pick<FastifyBaseLogger, 'warn'>
}

/** What a job is made of: its kind, run in a context in which each finished step is stored as it ends. */
export function createWork({ db, kinds, ask, recall, lookBack, localTime, log }: WorkParts) {
  function contextOf(job: RunningJob, signal: AbortSignal, stage: Stage): JobContext {
    const reusable = stepsToReuse(db, job)
    reusable.catch(() => {}) // who asks first hears of it

    /** Until it is on disk the step has not ended; an ended job gets no further steps. */
    async function store(step: Omit<Step, 'completedAt'>): Promise<void> {
      await whenWritable(signal, async () => {
        const completedAt = new Date().toISOString()
        await db.transaction(async ({ jobEvents }) => {
          signal.throwIfAborted()
          await jobEvents.addStep(job.id, { ...step, completedAt })
        })
      })
    }

    return {
      job,
      signal,
      stage: stage.set,
      localTime,
      recentConversation: () => recall(job.chatId ?? job.userId),
      lookBack: (since) => lookBack(job.userId, since),
      async ask(name, prompt) {
        const startedAt = new Date().toISOString()
        const about = aboutOf(name, prompt)
        const before = (await reusable).get(about)
        if (before) {
          await store({ ...before, reusedFrom: job.rerunOf, startedAt })
          const { text, cited = [], found = [] } = before
          return { text, cited, found }
        }
        const account = { userId: job.userId, kind: job.jobType, jobId: job.id, step: name }
        const hear = stage.hear()
        const answered = ask(prompt, job.files, signal, account, hear).finally(() => hear.onBusy(false))
        const answer = await answered.catch(async (error) => {
          // A board goes on without one director: then nothing else tells why.
          if (!signal.aborted) log.warn({ err: error, step: name }, 'A step of a job failed')
          await store({ name, about, outcome: 'failed', text: reasonOf(error), startedAt })
          throw error
        })
        await store({ name, about, outcome: 'done', ...answer, startedAt })
        return answer
      },
    }
  }

  /** Does the work of a job and gives its result, which is not empty. @throws {Failure} with a sentence for the person. */
  return async function workOn(job: RunningJob, signal: AbortSignal, stage: Stage): Promise<string> {
    const kind = kinds.find(({ type }) => type === job.jobType)
    if (!kind) throw new Failure('Remy does not know this kind of job')
    const result = (await kind.run(contextOf(job, signal, stage))).trim()
    if (!result) throw new Failure('the result was empty')
    return result
  }
}

/** Does the work of one job, until its signal aborts. */
export type WorkOn = ReturnType<typeof createWork>
