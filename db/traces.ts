import { sql } from 'kysely'
import type { Executor } from './open.ts'

/** What stands in `settings` from a removal until its words have left the index of the search. */
export const MERGE_OWED = 'search_merge_owed'
/** How much of the index one piece rewrites, in pages: some milliseconds, in which everything else waits. */
const PAGES = 100

/**
 * The index of the search keeps the words of a removed job until its pieces are merged. FTS5 could remove them at once, but
 * then an older sqlite3 shell could write to the table no more; and all in one go would hold up everybody.
 */
export function createTraces(db: Executor) {
  const changes = async () => {
    const { rows } = await sql<{ count: number }>`SELECT total_changes() AS count`.execute(db)
    return rows[0]?.count ?? 0
  }

  return {
    /** Notes, in the transaction of a removal, that words of it are left. */
    async owe(): Promise<void> {
      const row = { key: MERGE_OWED, value: 'yes' }
      await db
        .insertInto('settings')
        .values(row)
        .onConflict((conflict) => conflict.column('key').doNothing())
        .execute()
    },

    async areOwed(): Promise<boolean> {
      return (await db.selectFrom('settings').select('key').where('key', '=', MERGE_OWED).executeTakeFirst()) !== undefined
    },

    /** Merges a piece, the first with all that there is to merge. Returns false, and nothing is owed any more, after the last. */
    async merge(isFirst: boolean): Promise<boolean> {
      const before = await changes()
      await sql`INSERT INTO jobs_search (jobs_search, rank) VALUES ('merge', ${isFirst ? -PAGES : PAGES})`.execute(db)
      if ((await changes()) - before >= 2) return true // by less FTS5 says that nothing was left to do
      await db.deleteFrom('settings').where('key', '=', MERGE_OWED).execute()
      return false
    },
  }
}
