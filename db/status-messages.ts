import { sql } from 'kysely'
import type { Executor, Touch } from './open.ts'

/** A status message that may have to change: what it says now, and where it is once Telegram has it. */
export interface OpenStatusMessage {
  jobId: number
  shown: string
  chatId: number
  state: 'pending' | 'sent' | 'failed' | 'dropped'
  messageId: number | null
  /** When Telegram had it, as ISO 8601 UTC. */
  sentAt: string | null
}

/** What the acknowledgements of jobs say by now. One is settled when it has said how the job ended, or cannot be changed. */
export function createStatusMessages(db: Executor, touch: Touch) {
  return {
    /** Notes what the acknowledgement of a job says, in the transaction that lays it into the outbox. */
    async add(jobId: number, shown: string): Promise<void> {
      await db.insertInto('statusMessages').values({ jobId, shown }).execute()
      touch('statusMessages')
    },

    /** Those that are not settled, in the order of their jobs. */
    async open(): Promise<OpenStatusMessage[]> {
      return db
        .selectFrom('statusMessages')
        .crossJoin('deliveries') // by which SQLite begins with the few that are open, and does not read every delivery
        .whereRef('deliveries.jobId', '=', 'statusMessages.jobId')
        .select(['statusMessages.jobId', 'shown', 'deliveries.chatId', 'state', 'messageId', 'sentAt'])
        .where('settled', '=', sql.lit(0)) // as it stands, for their index
        .where('purpose', '=', 'acknowledgement')
        .$narrowType<{ jobId: number }>()
        .orderBy('statusMessages.jobId')
        .execute()
    },

    /** It says this now, and will say nothing else once it is `settled`. */
    async setShown(jobId: number, shown: string, settled: boolean): Promise<void> {
      const ofJob = db.updateTable('statusMessages').where('jobId', '=', jobId)
      await ofJob.set({ shown, settled: settled ? 1 : 0 }).execute()
    },

    /** Its acknowledgement was never sent, and will not be. One that has been sent meanwhile stays open. */
    async settleUnsent(jobId: number): Promise<void> {
      const sent = db.selectFrom('deliveries').select('id').where('jobId', '=', jobId).where('state', '=', 'sent')
      const ofJob = db.updateTable('statusMessages').set({ settled: 1 }).where('jobId', '=', jobId)
      await ofJob.where((eb) => eb.not(eb.exists(sent.where('purpose', '=', 'acknowledgement')))).execute()
    },

    /** What was taken to be never sent has arrived after all. */
    async reopen(jobId: number): Promise<void> {
      await db.updateTable('statusMessages').set({ settled: 0 }).where('jobId', '=', jobId).execute()
      touch('statusMessages')
    },
  }
}
