import type { ExpressionBuilder } from 'kysely'
import type { Attachment } from '../src/attachment.ts'
import type { DoneJob, FailedJob, Job, NextStatus, QueuedJob, RunningJob, Status } from '../src/jobs/lifecycle.ts'
import type { Executor, Touch } from './open.ts'
import type { Row, Schema } from './schema.ts'

/** A wish for a job. `updateId` is the Telegram update that asked: it makes a job at most once. */
export type NewJob = Pick<
  Row<'backgroundJobs'>,
  'userId' | 'jobType' | 'inputText' | 'chatId' | 'messageThreadId' | 'requestMessageId' | 'updateId'
> & { callOrdinal?: number; files?: readonly Attachment[]; rerunOf?: number | null }

/** Filters of a listing, newest first. `beforeId` is exclusive. */
export interface JobPage {
  status?: Status | undefined
  jobType?: string | undefined
  userId?: number | undefined
  beforeId?: number | undefined
  limit: number
}

const now = () => new Date().toISOString()

/** The registry: the one place that writes a status, each time as a guarded UPDATE. No row back means somebody else moved it. */
export function createJobs(db: Executor, touch: Touch) {
  const jobs = () => db.selectFrom('backgroundJobs').selectAll()

  async function move<From extends Status>(
    id: number,
    from: From,
    to: NextStatus<From>,
    fields: Partial<Row<'backgroundJobs'>>,
  ) {
    const row = await db
      .updateTable('backgroundJobs')
      .set({ ...fields, status: to })
      .where('id', '=', id)
      .where('status', '=', from)
      .returningAll()
      .executeTakeFirst()
    if (row) touch('backgroundJobs')
    return row && toJob(row)
  }

  return {
    /** Writes a queued job. Of an update that made one before, nothing is written and nothing returned. */
    async create({ files = [], ...job }: NewJob): Promise<QueuedJob | undefined> {
      const row = await db
        .insertInto('backgroundJobs')
        .values({ ...job, files: JSON.stringify(files), createdAt: now() })
        .onConflict((conflict) => conflict.columns(['updateId', 'callOrdinal']).where('updateId', 'is not', null).doNothing())
        .returningAll()
        .executeTakeFirst()
      if (row) touch('backgroundJobs')
      return row && (toJob(row) as QueuedJob)
    },

    /** queued → running, by this boot. */
    setRunning: async (id: number, bootId: string) =>
      (await move(id, 'queued', 'running', { startedAt: now(), bootId })) as RunningJob | undefined,

    /** running → done, with the full result. */
    setDone: async (id: number, resultText: string) =>
      (await move(id, 'running', 'done', { resultText, completedAt: now() })) as DoneJob | undefined,

    /** running → failed, with the reason that a person reads. */
    setFailed: async (id: number, reason: string) =>
      (await move(id, 'running', 'failed', { resultText: reason, completedAt: now() })) as FailedJob | undefined,

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
      const wish = (eb: ExpressionBuilder<Schema, 'backgroundJobs'>) =>
        eb.selectFrom('updates').select('id').whereRef('updates.updateId', '=', 'backgroundJobs.updateId')
      let query = db.selectFrom('backgroundJobs').select('id').where('status', '=', 'queued')
      query = query.where((eb) => eb.not(eb.exists(wish(eb).where('handledAt', 'is', null))))
      if (exceptUserIds.length > 0) query = query.where('userId', 'not in', exceptUserIds)
      return (await query.orderBy('id').limit(1).executeTakeFirst())?.id
    },

    /** How many jobs wait or run, by person. */
    async countActive(): Promise<{ userId: number; queued: number; running: number }[]> {
      return db
        .selectFrom('backgroundJobs')
        .select(['userId', (eb) => eb.fn.countAll<number>().filterWhere('status', '=', 'queued').as('queued')])
        .select((eb) => eb.fn.countAll<number>().filterWhere('status', '=', 'running').as('running'))
        .where('status', 'in', ['queued', 'running'])
        .groupBy('userId')
        .execute()
    },

    /** A job by its number. */
    async get(id: number): Promise<Job | undefined> {
      const row = await jobs().where('id', '=', id).executeTakeFirst()
      return row && toJob(row)
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
    async listRecent(userId: number, limit = 10, ofStatus?: readonly Status[]): Promise<Job[]> {
      let query = jobs().where('userId', '=', userId)
      if (ofStatus) query = query.where('status', 'in', ofStatus)
      return (await query.orderBy('id', 'desc').limit(limit).execute()).map(toJob)
    },

    /** Everybody's jobs, for operators. */
    async page({ status, jobType, userId, beforeId, limit }: JobPage): Promise<Job[]> {
      let query = jobs()
      if (status) query = query.where('status', '=', status)
      if (jobType !== undefined) query = query.where('jobType', '=', jobType)
      if (userId !== undefined) query = query.where('userId', '=', userId)
      if (beforeId !== undefined) query = query.where('id', '<', beforeId)
      return (await query.orderBy('id', 'desc').limit(limit).execute()).map(toJob)
    },
  }
}

/** The cast says what the table's CHECKs hold: an end has a result and a completed_at, the rest neither. */
function toJob(row: Row<'backgroundJobs'>): Job {
  return { ...row, files: JSON.parse(row.files) } as Job
}
