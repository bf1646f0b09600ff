import type { Executor, Touch } from './open.ts'
import type { Row } from './schema.ts'

/** A message in the outbox. `payload` is JSON: the fields of its method beside chat and thread; of a document, the title and the Markdown. */
export type Delivery = Row<'deliveries'>
export type NewDelivery = Pick<Delivery, 'chatId' | 'messageThreadId' | 'jobId' | 'purpose' | 'part' | 'method' | 'payload'>

/** The outbox: what must arrive is a row here first. `error` holds what Telegram said last, for operators. */
export function createDeliveries(db: Executor, touch: Touch) {
  async function update(id: number, fields: Partial<Delivery>): Promise<void> {
    await db.updateTable('deliveries').set(fields).where('id', '=', id).where('state', '=', 'pending').execute()
    touch('deliveries')
  }

  return {
    async add(deliveries: NewDelivery[]): Promise<void> {
      const createdAt = new Date().toISOString()
      await db
        .insertInto('deliveries')
        .values(deliveries.map((delivery) => ({ ...delivery, createdAt })))
        .execute()
      touch('deliveries')
    },

    /** The chats that have something to be sent. */
    async chatsPending(): Promise<number[]> {
      const rows = await db.selectFrom('deliveries').select('chatId').distinct().where('state', '=', 'pending').execute()
      return rows.map(({ chatId }) => chatId)
    },

    /** The oldest message that this chat waits for. */
    async nextPending(chatId: number): Promise<Delivery | undefined> {
      const pending = db.selectFrom('deliveries').selectAll().where('chatId', '=', chatId).where('state', '=', 'pending')
      return pending.orderBy('id').limit(1).executeTakeFirst()
    },

    /** It arrived, as this message of the chat. */
    setSent: (id: number, attempts: number, messageId: number) =>
      update(id, {
        state: 'sent',
        attempts,
        messageId,
        sentAt: new Date().toISOString(),
        nextAttemptAt: null,
        error: null,
      }),

    /** Telegram will never take it. */
    setFailed: (id: number, attempts: number, error: string) =>
      update(id, { state: 'failed', attempts, error, nextAttemptAt: null }),

    /** Not this time: the chat waits until `nextAttemptAt`. */
    postpone: (id: number, attempts: number, nextAttemptAt: Date, error: string) =>
      update(id, { attempts, nextAttemptAt: nextAttemptAt.toISOString(), error }),

    /** The parts of this job's outcome, in order. */
    async ofOutcome(jobId: number): Promise<Delivery[]> {
      const ofJob = db.selectFrom('deliveries').selectAll().where('jobId', '=', jobId)
      return ofJob.where('purpose', '=', 'outcome').orderBy('id').execute()
    },
  }
}
