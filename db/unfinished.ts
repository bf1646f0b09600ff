import { sql } from 'kysely'
import type { Executor } from './open.ts'
import { MERGE_OWED } from './traces.ts'

/** What is still to be done, over all tables. */
export function createUnfinished(db: Executor) {
  return {
    /** Whether an update is unanswered, a job runs or waits, a message is unsent, a status message not yet true or a trace not erased: all of one moment. */
    async isThere(): Promise<boolean> {
      const { rows } = await sql<{ found: number }>`SELECT
        EXISTS (SELECT 1 FROM updates WHERE handled_at IS NULL AND payload IS NOT NULL)
        OR EXISTS (SELECT 1 FROM background_jobs WHERE status IN ('queued', 'running'))
        OR EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending')
        OR EXISTS (SELECT 1 FROM status_messages WHERE settled = 0)
        OR EXISTS (SELECT 1 FROM settings WHERE key = ${MERGE_OWED}) AS found`.execute(db)
      return rows[0]?.found !== 0
    },
  }
}
