import { type ExpressionBuilder, sql } from 'kysely'
import type { DoneJob, FailedJob, Job, NextStatus, PendingJob, QueuedJob, RunningJob, Status } from '../src/jobs/lifecycle.ts'
import type { Tell } from './changes.ts'
import { insertJob, moveToEnd, moveToRunning, type NewJob, nextQueued } from './job-queries.ts'
import { findJobs, type JobSearch } from './job-search.ts'
import type { Executor, Touch } from './open.ts'
import type { Row, Schema } from './schema.ts'

/** Filters of a listing, newest first. `beforeId` is exclusive; `words` are looked for in topic and result. */
export interface JobPage {
  words?: readonly string[] | undefined
  status?: Status | undefined
  jobType?: string | undefined
  userId?: number | undefined
  beforeId?: number | undefined
  limit: number
}

const now = () => new Date().toISOString()

/** The registry: the one place that writes a status, each time as a guarded UPDATE. No row back means somebody else moved it. */
export function createJobs(db: Executor, touch: Touch, tell: Tell) {
  const jobs = () => db.selectFrom('backgroundJobs').selectAll()

  /** Of a row that an UPDATE moved, if it did. */
  function moved(row: Row<'backgroundJobs'> | undefined): Job | undefined {
    if (!row) return undefined
    const job = toJob(row)
    tellOf(job)
    touch('backgroundJobs')
    return job
  }

  function tellOf(job: Job): void {
    const { jobType, createdAt, startedAt } = job
    if (job.status === 'running') tell({ of: 'job', is: 'running', jobType, queuedMs: msBetween(createdAt, startedAt) })
    if (job.status !== 'done' && job.status !== 'failed') return
    const ranMs = startedAt === null ? null : msBetween(startedAt, job.completedAt)
    const reason = job.status === 'failed' ? job.resultText : undefined
    tell({ of: 'job', is: job.status, jobType, ranMs, reason })
  }

  async function end<From extends 'queued' | 'running'>(id: number, from: From, to: NextStatus<From>, resultText: string) {
    const [row] = await moveToEnd(db, { id, from, to, resultText, completedAt: now() })
    return moved(row)
  }

  return {
    /** Writes a queued job. Of an update that made one before, nothing is written and nothing returned. */
    async create({ files = [], ...job }: NewJob): Promise<QueuedJob | undefined> {
      const { callOrdinal = 0, rerunOf = null } = job
      const [row] = await insertJob(db, { ...job, callOrdinal, rerunOf, files: JSON.stringify(files), createdAt: now() })
      if (row) touch('backgroundJobs')
      return row && (toJob(row) as QueuedJob)
    },

    /** queued → running, by this boot. */
    async setRunning(id: number, bootId: string): Promise<RunningJob | undefined> {
      const [row] = await moveToRunning(db, { id, bootId, startedAt: now() })
      return moved(row) as RunningJob | undefined
    },

    /** running → done, with the full result. */
    setDone: async (id: number, resultText: string) => (await end(id, 'running', 'done', resultText)) as DoneJob | undefined,

    /** running → failed, with the reason that a person reads. */
    setFailed: async (id: number, reason: string) => (await end(id, 'running', 'failed', reason)) as FailedJob | undefined,

    /** queued or running → failed, because its person wants no more of it. */
    setStopped: async (id: number, reason: string) =>
      ((await end(id, 'running', 'failed', reason)) ?? (await end(id, 'queued', 'failed', reason))) as FailedJob | undefined,

    /** Notes what a running job is doing, in words. */
    async setStage(id: number, stage: string | null): Promise<void> {
      const running = db.updateTable('backgroundJobs').set({ stage }).where('id', '=', id).where('status', '=', 'running')
      const { numUpdatedRows } = await running.executeTakeFirst()
      if (numUpdatedRows > 0n) touch('backgroundJobs')
    },

    /** Every running job → failed. Only who knows that none of them runs any more may say so: a boot, and the end of a stop. */
    async markInterrupted(reason: string): Promise<FailedJob[]> {
      const rows = await db.selectFrom('backgroundJobs').select('id').where('status', '=', 'running').orderBy('id').execute()
      const moved: FailedJob[] = []
      // One after the other: what is still under way when one of them fails would be written after the rollback.
      for (const { id } of rows) {
        const job = await this.setFailed(id, reason)
        if (job) moved.push(job)
      }
      return moved
    },

    /** The oldest job that waits, belongs to none of these people, and whose wish is answered: its outcome must not come before that. */
    async nextQueued(exceptUserIds: number[]): Promise<number | undefined> {
      const [next] = await nextQueued(db, { exceptUserIds: JSON.stringify(exceptUserIds) })
      return next?.id
    },

    /** Whether any job waits, also one whose wish is not answered yet. */
    async isAnyQueued(): Promise<boolean> {
      return (await db.selectFrom('backgroundJobs').select('id').where('status', '=', 'queued').limit(1).execute()).length > 0
    },

    /** What waits or runs, in order. */
    async active(): Promise<{ id: number; userId: number; status: Status }[]> {
      const found = db.selectFrom('backgroundJobs').select(['id', 'userId', 'status'])
      return found.where('status', 'in', ['queued', 'running']).orderBy('id').execute()
    },

    /** How many wait and run, and since when the oldest of those that run does, ISO 8601 UTC. */
    async load(): Promise<{ queued: number; running: number; runningSince: string | null }> {
      const count = sql<number>`count(*)`.as('count')
      const ofStatus = (status: Status) => db.selectFrom('backgroundJobs').where('status', '=', status)
      const queued = await ofStatus('queued').select(count).executeTakeFirstOrThrow()
      const oldest = ({ fn }: ExpressionBuilder<Schema, 'backgroundJobs'>) => fn.min<string | null>('startedAt').as('since')
      const running = await ofStatus('running').select(count).select(oldest).executeTakeFirstOrThrow()
      return { queued: queued.count, running: running.count, runningSince: running.since }
    },

    /** The numbers of the jobs that run. */
    async runningIds(): Promise<number[]> {
      const rows = await db.selectFrom('backgroundJobs').select('id').where('status', '=', 'running').execute()
      return rows.map(({ id }) => id)
    },

    /** How many jobs run, and how many wait. */
    async unfinished(): Promise<{ running: number; queued: number }> {
      const count = db.selectFrom('backgroundJobs').select((eb) => eb.fn.countAll<number>().as('count'))
      const of = async (status: Status) => (await count.where('status', '=', status).executeTakeFirst())?.count ?? 0
      return { running: await of('running'), queued: await of('queued') }
    },

    /** The newest job of this person's that waits or runs with the same words, kind and files, if there is one. */
    async twinOf({ userId, jobType, inputText, files = [] }: NewJob): Promise<PendingJob | undefined> {
      const same = jobs().where('userId', '=', userId).where('status', 'in', ['queued', 'running'])
      const row = await same
        .where('jobType', '=', jobType)
        .where('inputText', '=', inputText)
        .where('files', '=', JSON.stringify(files))
        .orderBy(sql`+id`, 'desc') // so that SQLite looks among the few that wait or run, and not among all of the person's
        .limit(1)
        .executeTakeFirst()
      return row && (toJob(row) as PendingJob) // by its status
    },

    /** A job by its number. */
    async get(id: number): Promise<Job | undefined> {
      const row = await jobs().where('id', '=', id).executeTakeFirst()
      return row && toJob(row)
    },

    /** Jobs by their numbers, in order. */
    async getAll(ids: number[]): Promise<Job[]> {
      return ids.length > 0 ? (await jobs().where('id', 'in', ids).orderBy('id').execute()).map(toJob) : []
    },

    /** A job of this person's; another's is as if it did not exist. */
    async getOf(userId: number, id: number): Promise<Job | undefined> {
      const row = await jobs().where('id', '=', id).where('userId', '=', userId).executeTakeFirst()
      return row && toJob(row)
    },

    /** The job that this update asked for, if it did. */
    async askedBy(updateId: number): Promise<Job | undefined> {
      const row = await jobs().where('updateId', '=', updateId).limit(1).executeTakeFirst()
      return row && toJob(row)
    },

    /** The newest job that repeats this one. */
    async rerunOf(id: number): Promise<Job | undefined> {
      const row = await jobs().where('rerunOf', '=', id).orderBy('id', 'desc').limit(1).executeTakeFirst()
      return row && toJob(row)
    },

    /** Notes that these jobs share one notice, a delivery. */
    async setNotice(ids: number[], noticeId: number): Promise<void> {
      await db.updateTable('backgroundJobs').set({ noticeId }).where('id', 'in', ids).execute()
    },

    /** This person's jobs since a time (ISO 8601 UTC), oldest first. */
    async since(userId: number, from: string): Promise<Job[]> {
      const rows = await jobs().where('userId', '=', userId).where('createdAt', '>=', from).orderBy('id').execute()
      return rows.map(toJob)
    },

    /** This person's most recent jobs, newest first; with statuses, the most recent of those. */
    async listRecent(userId: number, limit = 10, statuses?: readonly Status[]): Promise<Job[]> {
      return this.find(userId, { statuses, limit })
    },

    /**
     * This person's jobs, newest first: before or after one of them, of some statuses, asked for in a span of time (ISO 8601
     * UTC), with words in their topic or result.
     */
    find: async (userId: number, search: JobSearch): Promise<Job[]> => (await findJobs(db, userId, search)).map(toJob),

    /** The jobs of one person, or everybody's for operators. */
    async page({ userId, status, ...search }: JobPage): Promise<Job[]> {
      return (await findJobs(db, userId, { ...search, statuses: status && [status] })).map(toJob)
    },
  }
}

function msBetween(from: string, to: string | null): number {
  return Math.max(0, Date.parse(to ?? from) - Date.parse(from))
}

/** The cast says what the table's CHECKs hold: an end has a result and a completed_at, the rest neither. */
function toJob(row: Row<'backgroundJobs'>): Job {
  return { ...row, files: JSON.parse(row.files) } as Job
}
