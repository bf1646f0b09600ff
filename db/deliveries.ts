import { sql } from 'kysely'
import type { Tell } from './changes.ts'
import type { Executor, Touch } from './open.ts'
import { prepared } from './prepared.ts'
import type { Row } from './schema.ts'

/**
 * A message in the outbox. `payload` is JSON: the fields of its method beside chat and thread; of a document, the title and
 * the Markdown. `error` is what Telegram said last, for operators.
 */
export type Delivery = Row<'deliveries'>
export type NewDelivery = Pick<Delivery, 'chatId' | 'messageThreadId' | 'jobId' | 'purpose' | 'part' | 'method' | 'payload'>

/** What goes out in one order: the messages of a chat, and beside them the answers to its buttons. */
export interface Lane {
  chatId: number
  isOfButtons: boolean
}

/** How far back the pace of the last process is looked up: more than can go out while it matters. */
const RECENT = 200

const now = () => new Date().toISOString()

const insert = prepared((db, delivery: NewDelivery & { createdAt: string }) =>
  db
    .insertInto('deliveries')
    .values({
      chatId: delivery.chatId,
      messageThreadId: delivery.messageThreadId,
      jobId: delivery.jobId,
      purpose: delivery.purpose,
      part: delivery.part,
      method: delivery.method,
      payload: delivery.payload,
      createdAt: delivery.createdAt,
    })
    .returning('id'),
)

const dropAcknowledgement = prepared((db, { jobId }: { jobId: number }) =>
  db
    .updateTable('deliveries')
    .set({ state: 'dropped' })
    .where('jobId', '=', jobId)
    .where('purpose', '=', 'acknowledgement')
    .where('state', '=', 'pending')
    .returning(['nextAttemptAt', 'purpose', 'createdAt']),
)

/** The outbox: what must arrive is a row here first, `pending` until it is sent, failed for good, or wanted no more (`dropped`). */
export function createDeliveries(db: Executor, touch: Touch, tell: Tell) {
  const pending = () => db.selectFrom('deliveries').where('state', '=', 'pending')

  function pendingOf({ chatId, isOfButtons }: Lane) {
    return pending()
      .where('chatId', '=', chatId)
      .where('purpose', isOfButtons ? '=' : '<>', 'callback')
      .orderBy('id')
  }

  /** Returns whether it was still to be sent. */
  async function update(id: number, fields: Partial<Delivery>): Promise<boolean> {
    const pending = db.updateTable('deliveries').set(fields).where('id', '=', id).where('state', '=', 'pending')
    const row = await pending.returning(['purpose', 'createdAt']).executeTakeFirst()
    if (row) tellOf(row, fields.state)
    touch('deliveries')
    return row !== undefined
  }

  function tellOf({ purpose, createdAt }: Pick<Delivery, 'purpose' | 'createdAt'>, state?: Delivery['state']): void {
    if (!state || state === 'pending') return
    tell({ of: 'delivery', is: state, purpose, afterMs: Math.max(0, Date.now() - Date.parse(createdAt)) })
  }

  /** Nothing more will come of it: one that is to vanish does. */
  async function end(id: number, fields: Partial<Delivery>): Promise<boolean> {
    return (await vanish(id, fields.state)) ? false : update(id, fields)
  }

  async function vanish(id: number, state: Delivery['state'] | undefined): Promise<boolean> {
    const vanishing = db.deleteFrom('deliveries').where('id', '=', id).where('vanishes', '=', 1)
    const row = await vanishing.returning(['purpose', 'createdAt']).executeTakeFirst()
    if (row) tellOf(row, state)
    return row !== undefined
  }

  async function holdNextAfter(id: number, nextAttemptAt: string): Promise<void> {
    const dropped = await db.selectFrom('deliveries').select('chatId').where('id', '=', id).executeTakeFirst()
    const next = dropped && pendingOf({ chatId: dropped.chatId, isOfButtons: false }).select('id').limit(1)
    if (next) await db.updateTable('deliveries').set({ nextAttemptAt }).where('id', 'in', next).execute()
  }

  return {
    /** Returns the ids, in the same order. */
    async add(deliveries: NewDelivery[]): Promise<number[]> {
      const ids: number[] = []
      for (const delivery of deliveries) ids.push(...(await insert(db, { ...delivery, createdAt: now() })).map(({ id }) => id))
      touch('deliveries')
      return ids
    },

    /** The lanes that have something to be sent. */
    async lanesPending(): Promise<Lane[]> {
      const isOfButtons = pending()
        .select('chatId')
        .select((eb) => eb('purpose', '=', 'callback').$castTo<number>().as('ofButtons'))
      const rows = await isOfButtons.distinct().execute()
      return rows.map(({ chatId, ofButtons }) => ({ chatId, isOfButtons: ofButtons === 1 }))
    },

    /** How many are still to be sent, by purpose. */
    async countPending(): Promise<Map<Delivery['purpose'], number>> {
      const rows = pending().select(['purpose', ({ fn }) => fn.countAll<number>().as('count')])
      return new Map((await rows.groupBy('purpose').execute()).map(({ purpose, count }) => [purpose, count]))
    },

    /**
     * Of the messages still to be sent, since when the oldest waits, and since when the oldest waits for us: for as long as
     * Telegram held its lane by a retry_after, it waited for Telegram. ISO 8601 UTC.
     */
    async oldestPending(): Promise<{ since: string; waitsForUsSince: string } | undefined> {
      const byLane = pending()
        .select(['chatId', ({ fn }) => fn.min<string>('createdAt').as('oldest')])
        .select(sql<string | null>`max(CASE WHEN error IS NULL OR error LIKE '429:%' THEN next_attempt_at END)`.as('heldUntil'))
        .groupBy(['chatId', sql`purpose = 'callback'`])
      const lanes = await byLane.execute()
      const since = lanes.map(({ oldest }) => oldest).toSorted()[0]
      const forUs = lanes.map(({ oldest, heldUntil }) => (heldUntil && heldUntil > oldest ? heldUntil : oldest)).toSorted()[0]
      return since && forUs ? { since, waitsForUsSince: forUs } : undefined
    },

    /** What goes out next: the oldest, except that what is short passes between two parts of a result. */
    async nextPending(lane: Lane): Promise<Delivery | undefined> {
      const first = await pendingOf(lane).selectAll().limit(1).executeTakeFirst()
      if (!first || first.part === 1 || (first.purpose !== 'outcome' && first.purpose !== 'steps')) return first
      const short = pendingOf(lane).selectAll().where('purpose', 'not in', ['outcome', 'steps'])
      return (await short.limit(1).executeTakeFirst()) ?? first
    },

    /** Until when a lane has to wait for Telegram, as far as an earlier try told; ISO 8601 UTC. */
    async heldUntil(lane: Lane): Promise<string | undefined> {
      const held = pendingOf(lane).select('nextAttemptAt').where('nextAttemptAt', 'is not', null).clearOrderBy()
      return (await held.orderBy('nextAttemptAt', 'desc').limit(1).executeTakeFirst())?.nextAttemptAt ?? undefined
    },

    /** Where messages went lately, and when; oldest first. */
    async sentLately(): Promise<{ chatId: number; sentAt: string }[]> {
      const latest = db.selectFrom('deliveries').select(['chatId', 'sentAt', 'purpose']).orderBy('id', 'desc').limit(RECENT)
      const sent = (await latest.execute()).flatMap(({ chatId, sentAt, purpose }) =>
        sentAt && purpose !== 'callback' ? [{ chatId, sentAt }] : [],
      )
      return sent.sort((a, b) => a.sentAt.localeCompare(b.sentAt))
    },

    /** It arrived, as this message of the chat; an answer to a button becomes none. What was dropped meanwhile has arrived all the same. */
    async setSent(id: number, attempts: number, messageId: number | null): Promise<void> {
      const fields = { state: 'sent', attempts, messageId, sentAt: now(), nextAttemptAt: null, error: null } as const
      const sent = db.updateTable('deliveries').set(fields).where('id', '=', id)
      if (!(await vanish(id, 'sent'))) {
        const arrived = sent.where('state', 'in', ['pending', 'dropped']).returning(['purpose', 'createdAt'])
        const row = await arrived.executeTakeFirst()
        if (row) tellOf(row, 'sent')
      }
      touch('deliveries')
    },

    /** What is still to be sent to a chat leaves no row behind once it is. */
    async vanishOnceSent(chatId: number): Promise<void> {
      await db
        .updateTable('deliveries')
        .set({ vanishes: 1 })
        .where('chatId', '=', chatId)
        .where('state', '=', 'pending')
        .execute()
    },

    /** Telegram will never take it. */
    setFailed: (id: number, attempts: number, error: string) =>
      end(id, { state: 'failed', attempts, error, nextAttemptAt: null }),

    /** It is not wanted any more. Returns whether it was until now, and something may go in its place. */
    setDropped: (id: number, attempts: number, error: string) =>
      end(id, { state: 'dropped', attempts, error, nextAttemptAt: null }),

    /**
     * An acknowledgement that has not gone out when its job has ended tells nothing any more. Returns until when Telegram
     * makes its chat wait, if it does: what goes out in its place has to.
     */
    async dropAcknowledgement(jobId: number): Promise<string | undefined> {
      const [row] = await dropAcknowledgement(db, { jobId })
      if (row) tellOf(row, 'dropped')
      return row?.nextAttemptAt ?? undefined
    },

    /** It goes out no sooner than at a time, ISO 8601 UTC. */
    hold: (id: number, nextAttemptAt: string) => update(id, { nextAttemptAt }),

    /** Not this time: the lane waits until `nextAttemptAt`, with whatever is next in it. */
    async postpone(id: number, attempts: number, nextAttemptAt: Date, error: string): Promise<void> {
      const until = nextAttemptAt.toISOString()
      const fields = { attempts, nextAttemptAt: until, error }
      const waiting = db.updateTable('deliveries').set(fields).where('id', '=', id).where('state', '=', 'pending')
      const row = await waiting.returning('id').executeTakeFirst()
      if (!row) await holdNextAfter(id, until) // it was dropped while it was on the wire
      touch('deliveries')
    },

    /** Telegram has given the chat another id: what waits for it goes there. */
    async moveChat(from: number, to: number): Promise<void> {
      await db.updateTable('deliveries').set({ chatId: to }).where('chatId', '=', from).where('state', '=', 'pending').execute()
      touch('deliveries')
    },

    /** The jobs that a message of a chat is about: several, where it is a notice that they share. */
    async jobsOf(chatId: number, messageId: number): Promise<number[]> {
      const message = db.selectFrom('deliveries').select(['id', 'jobId']).where('chatId', '=', chatId)
      const found = await message.where('messageId', '=', messageId).orderBy('id').execute()
      const own = found.flatMap(({ jobId }) => (jobId === null ? [] : [jobId]))
      if (own.length > 0 || found.length === 0) return [...new Set(own)]
      const notices = found.map(({ id }) => id)
      const shared = db.selectFrom('backgroundJobs').select('id').where('noticeId', 'in', notices)
      return (await shared.orderBy('id').execute()).map(({ id }) => id)
    },

    /** Every message about this job, in order. */
    async ofJob(jobId: number): Promise<Delivery[]> {
      const notice = db.selectFrom('backgroundJobs').select('noticeId').where('id', '=', jobId)
      const ofJob = db.selectFrom('deliveries').selectAll()
      return ofJob
        .where((eb) => eb.or([eb('jobId', '=', jobId), eb('id', '=', notice)]))
        .orderBy('id')
        .execute()
    },

    /** The parts of this job's outcome, in order; of a notice that it shares with others, that one. */
    async ofOutcome(jobId: number): Promise<Delivery[]> {
      const notice = db.selectFrom('backgroundJobs').select('noticeId').where('id', '=', jobId)
      const ofJob = db.selectFrom('deliveries').selectAll()
      const parts = ofJob.where((eb) =>
        eb.or([eb.and([eb('jobId', '=', jobId), eb('purpose', '=', 'outcome')]), eb('id', '=', notice)]),
      )
      return parts.orderBy('id').execute()
    },

    /** Whether the finished steps of this job were asked for before. */
    async hasSteps(jobId: number): Promise<boolean> {
      const steps = db.selectFrom('deliveries').select('id').where('jobId', '=', jobId).where('purpose', '=', 'steps')
      return (await steps.limit(1).executeTakeFirst()) !== undefined
    },
  }
}
