import type { Database } from '../../db/open.ts'
import { type FailedJob, INTERRUPTED } from './lifecycle.ts'
import type { Announce } from './runner.ts'

/**
 * What a boot does with what the last process left: every running job is failed and its person gets a notice, in one
 * transaction. Exact, since the lock says that the process is gone. Queued jobs had not begun and stay as they are.
 */
export async function reconcile(db: Database, announce: Announce): Promise<FailedJob[]> {
  return db.transaction(async (stores) => {
    const interrupted = await stores.jobs.markInterrupted(INTERRUPTED)
    for (const job of interrupted) await announce(stores, job)
    return interrupted
  })
}
