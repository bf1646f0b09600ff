import type { Database, Stores } from '../../db/open.ts'
import { type FailedJob, INTERRUPTED } from './lifecycle.ts'

/** Lays the notice about jobs of one chat that a stop interrupted into the outbox, within the transaction that fails them. */
export type AnnounceInterrupted = (stores: Stores, jobs: FailedJob[]) => Promise<void>

/**
 * Settles what a stop left: every running job is failed and its person gets a notice, one for all of a chat, in one
 * transaction. A boot does it with what the last process left, which is exact, since the lock says that that one is gone;
 * the end of a polite stop does it with what outlived the grace time. Queued jobs had not begun and stay as they are.
 */
export async function reconcile(db: Database, announce: AnnounceInterrupted): Promise<FailedJob[]> {
  return db.transaction(async (stores) => {
    const interrupted = await stores.jobs.markInterrupted(INTERRUPTED)
    const byPlace = Map.groupBy(interrupted, ({ chatId, userId, messageThreadId }) => `${chatId ?? userId} ${messageThreadId}`)
    for (const jobs of byPlace.values()) await announce(stores, jobs)
    return interrupted
  })
}
