import { sql } from 'kysely'
import type { Executor } from './open.ts'

/** How much one piece looks at: jobs have some dozens of rows each, turns a handful. */
const JOBS = 25
const TURNS = 100
const ROWS = 300

/**
 * Removes what is older than somebody wants to keep it. Each method is one piece, for a short transaction, and returns how
 * much it removed: 0 when nothing is left. `before` is ISO 8601 UTC. What is not finished, or not sent, is never old.
 */
export function createRetention(db: Executor) {
  return {
    /** Ended jobs that nothing is left to be sent of, with all that belongs to them. */
    async pruneJobs(before: string): Promise<number> {
      const old = await db
        .selectFrom('backgroundJobs as job')
        .select('job.id')
        .where('job.completedAt', '<', before)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('deliveries')
                .select('deliveries.id')
                .where('state', '=', 'pending')
                .where((of) => of.or([of('jobId', '=', of.ref('job.id')), of('deliveries.id', '=', of.ref('job.noticeId'))])),
            ),
          ),
        )
        .orderBy('job.completedAt')
        .limit(JOBS)
        .execute()
      const ids = old.map(({ id }) => id)
      if (ids.length === 0) return 0
      await db.deleteFrom('statusMessages').where('jobId', 'in', ids).execute()
      await db.deleteFrom('jobEvents').where('jobId', 'in', ids).execute()
      await db.updateTable('backgroundJobs').set({ rerunOf: null }).where('rerunOf', 'in', ids).execute()
      await db.updateTable('backgroundJobs').set({ noticeId: null }).where('id', 'in', ids).execute()
      await db.deleteFrom('deliveries').where('jobId', 'in', ids).execute()
      await db.deleteFrom('backgroundJobs').where('id', 'in', ids).execute()
      return ids.length
    },

    /** Whole turns, since half of one is none that Claude takes, but no turn that is being answered. They are numbered as they came. */
    async pruneTurns(before: string): Promise<number> {
      const unfinished = db.selectFrom('updates').where('handledAt', 'is', null)
      const first = await db
        .selectFrom('messages')
        .select(['turn', (eb) => eb.fn.max('createdAt').as('latest')])
        .where('role', '<>', 'boundary')
        .where('turn', 'not in', unfinished.select('id'))
        .where('turn', 'not in', unfinished.where('turn', 'is not', null).select('turn').$castTo<{ turn: number }>())
        .groupBy('turn')
        .orderBy('turn')
        .limit(TURNS)
        .execute()
      const turns = first.flatMap(({ turn, latest }) => (latest < before ? [turn] : []))
      if (turns.length === 0) return 0
      await db.deleteFrom('messages').where('turn', 'in', turns).execute()
      return turns.length
    },

    /** Boundaries and summaries, once nothing is stored that they stand before: it would come back into the conversation. */
    async pruneMarks(before: string): Promise<number> {
      const nothing = (place: string) =>
        sql<boolean>`NOT EXISTS (SELECT 1 FROM messages WHERE messages.chat_id = mark.chat_id AND messages.turn ${sql.raw(place)})`
      const boundaries = db
        .selectFrom('messages as mark')
        .select('mark.id')
        .where('mark.role', '=', 'boundary')
        .where('mark.createdAt', '<', before)
        .where(nothing('< mark.turn'))
        .limit(ROWS)
      const summaries = db
        .selectFrom('summaries as mark')
        .select('mark.id')
        .where('mark.createdAt', '<', before)
        .where(nothing('<= mark.up_to_turn'))
        .limit(ROWS)
      const marks = await db.deleteFrom('messages').where('id', 'in', boundaries).executeTakeFirst()
      const folded = await db.deleteFrom('summaries').where('id', 'in', summaries).executeTakeFirst()
      return Number(marks.numDeletedRows + folded.numDeletedRows)
    },

    /** Messages that are about no job and have been sent, or never will be; a notice stays as long as a job of its own. */
    async pruneDeliveries(before: string): Promise<number> {
      const old = db
        .selectFrom('deliveries as old')
        .select('old.id')
        .where('old.jobId', 'is', null)
        .where('old.state', '<>', 'pending')
        .where((eb) => eb(eb.fn.coalesce('old.sentAt', 'old.createdAt'), '<', before))
        .where((eb) =>
          eb.not(eb.exists(eb.selectFrom('backgroundJobs').select('noticeId').whereRef('noticeId', '=', 'old.id'))),
        )
        .orderBy((eb) => eb.fn.coalesce('old.sentAt', 'old.createdAt'))
        .limit(ROWS)
      const { numDeletedRows } = await db.deleteFrom('deliveries').where('id', 'in', old).executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}
