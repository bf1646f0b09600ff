import { sql } from 'kysely'
import type { Executor } from './open.ts'
import type { Row } from './schema.ts'

export type Boot = Pick<Row<'boots'>, 'id' | 'pid' | 'host' | 'version' | 'startedAt'>
/** How a process ended: it closed by itself, a signal told it to, or neither, which is a crash or a SIGKILL. */
export type End = NonNullable<Row<'boots'>['lastEnd']>

/** One row a process: who holds the database, since when, when it last wrote, and how the one before it ended. */
export function createBoots(db: Executor) {
  const now = () => new Date().toISOString()
  const update = (id: string, fields: Partial<Row<'boots'>>) =>
    db.updateTable('boots').set(fields).where('id', '=', id).execute()

  return {
    /** Notes this boot, and how the process before it ended; null for the first of all. */
    async begin(boot: Boot): Promise<End | null> {
      const before = await db
        .selectFrom('boots')
        .select(['endedAt', 'stopSignal'])
        .orderBy(sql`rowid`, 'desc')
        .limit(1)
        .executeTakeFirst()
      const lastEnd = before ? (before.stopSignal ? 'signal' : before.endedAt ? 'clean' : 'crash') : null
      await db
        .insertInto('boots')
        .values({ ...boot, lastSeenAt: boot.startedAt, lastEnd })
        .execute()
      return lastEnd
    },

    /** The process before this one. */
    async before(id: string): Promise<Row<'boots'> | undefined> {
      const own = db.selectFrom('boots').select(sql`rowid`.as('row')).where('id', '=', id)
      const earlier = db.selectFrom('boots').selectAll().where(sql`rowid`, '<', own)
      return earlier.orderBy(sql`rowid`, 'desc').limit(1).executeTakeFirst()
    },

    /** How many boots since a time (ISO 8601 UTC) found that the process before them had crashed. */
    async crashesSince(from: string): Promise<number> {
      const crashes = db.selectFrom('boots').select((eb) => eb.fn.countAll<number>().as('count'))
      const found = await crashes.where('lastEnd', '=', 'crash').where('startedAt', '>=', from).executeTakeFirst()
      return found?.count ?? 0
    },

    /** A real write, committed: the proof that the database still takes them. */
    seen: (id: string) => update(id, { lastSeenAt: now() }),

    /** A signal asks for the end: whatever comes now is no crash. */
    setStopping: (id: string, stopSignal: string) => update(id, { stopSignal }),

    end: (id: string) => update(id, { endedAt: now() }),
  }
}
