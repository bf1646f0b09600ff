import { sql } from 'kysely'
import type { Executor, Touch } from './open.ts'

/** How much is stored about a person. */
export interface Stored {
  jobs: number
  running: number
  queued: number
  /** Of the conversation, with what tools gave in it. */
  messages: number
  summaries: number
  /** Messages in the outbox: sent, or still to be sent. */
  deliveries: number
  updates: number
}

/** A person over all tables. A private chat has the id of its person, so one number finds everything. */
export function createPeople(db: Executor, touch: Touch) {
  const jobsOf = (userId: number) => db.selectFrom('backgroundJobs').select('id').where('userId', '=', userId)

  async function stored(userId: number): Promise<Stored> {
    const count = sql<number>`count(*)`.as('count')
    const ofStatus = (status: 'running' | 'queued') => sql<number>`count(*) FILTER (WHERE status = ${status})`.as(status)
    const jobs = db.selectFrom('backgroundJobs').where('userId', '=', userId)
    const of = (table: 'summaries' | 'deliveries') => db.selectFrom(table).select(count).where('chatId', '=', userId)
    const messages = db.selectFrom('messages').select(count).where('userId', '=', userId).where('role', '<>', 'boundary')
    const updates = db.selectFrom('updates').select(count).where('chatId', '=', userId)
    const {
      running,
      queued,
      count: all,
    } = await jobs.select([count, ofStatus('running'), ofStatus('queued')]).executeTakeFirstOrThrow()
    return {
      jobs: all,
      running,
      queued,
      messages: (await messages.executeTakeFirstOrThrow()).count,
      summaries: (await of('summaries').executeTakeFirstOrThrow()).count,
      deliveries: (await of('deliveries').executeTakeFirstOrThrow()).count,
      updates: (await updates.executeTakeFirstOrThrow()).count,
    }
  }

  return {
    stored,

    /**
     * Removes a person, in the transaction of who tells them so, and says how much it was. Of updates the bare ids stay, so
     * that a resent one acts no more; what arrived after `arrival` and is not handled yet begins anew. What calls to models
     * cost stays as sums without a name. Nothing of the person may be under way in this process.
     */
    async forget(userId: number, arrival: number): Promise<Stored> {
      const removed = await stored(userId)
      await db.updateTable('modelCalls').set({ userId: 0, jobId: null, turn: null }).where('userId', '=', userId).execute()
      await db.deleteFrom('statusMessages').where('jobId', 'in', jobsOf(userId)).execute()
      await db.deleteFrom('jobEvents').where('jobId', 'in', jobsOf(userId)).execute()
      // Jobs name deliveries and deliveries jobs: the names go first.
      await db.updateTable('backgroundJobs').set({ noticeId: null }).where('userId', '=', userId).execute()
      await db.updateTable('backgroundJobs').set({ rerunOf: null }).where('rerunOf', 'in', jobsOf(userId)).execute()
      const ofPerson = db
        .deleteFrom('deliveries')
        .where((eb) => eb.or([eb('chatId', '=', userId), eb('jobId', 'in', jobsOf(userId))]))
      await ofPerson.execute()
      await db.deleteFrom('backgroundJobs').where('userId', '=', userId).execute()
      await db.deleteFrom('messages').where('userId', '=', userId).execute()
      await db.deleteFrom('summaries').where('chatId', '=', userId).execute()
      await db.deleteFrom('refusals').where('chatId', '=', userId).execute()
      // The key of a setting that is about a person ends with their id.
      await db
        .deleteFrom('settings')
        .where(sql<boolean>`key LIKE ${`%\\_${userId}`} ESCAPE '\\'`)
        .execute()
      const handledAt = sql<string>`COALESCE(handled_at, ${new Date().toISOString()})`
      const nothing = { payload: null, error: null, chatId: null, turn: null, previewMessageId: null, shownAt: null }
      const updates = db
        .updateTable('updates')
        .set({ ...nothing, handledAt })
        .where('chatId', '=', userId)
      await updates.where((eb) => eb.or([eb('id', '<=', arrival), eb('handledAt', 'is not', null)])).execute()
      for (const table of ['backgroundJobs', 'deliveries', 'updates'] as const) touch(table)
      return removed
    },
  }
}
