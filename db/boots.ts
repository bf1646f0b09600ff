import type { Executor } from './open.ts'
import type { Row } from './schema.ts'

export type Boot = Pick<Row<'boots'>, 'id' | 'pid' | 'host' | 'version' | 'startedAt'>

/** One row a process: who holds the database, since when, and when it last wrote. */
export function createBoots(db: Executor) {
  const now = () => new Date().toISOString()
  const update = (id: string, fields: Partial<Row<'boots'>>) =>
    db.updateTable('boots').set(fields).where('id', '=', id).execute()

  return {
    async begin(boot: Boot): Promise<void> {
      await db
        .insertInto('boots')
        .values({ ...boot, lastSeenAt: boot.startedAt })
        .execute()
    },

    /** A real write, committed: the proof that the database still takes them. */
    seen: (id: string) => update(id, { lastSeenAt: now() }),

    end: (id: string) => update(id, { endedAt: now() }),
  }
}
