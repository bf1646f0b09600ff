import type { Tell } from './changes.ts'
import type { Executor, Touch } from './open.ts'
import { prepared } from './prepared.ts'
import type { Row } from './schema.ts'

/** An update on its way: `id` is its place in the order of arrival, `updateId` Telegram's own. */
export type StoredUpdate = Pick<
  Row<'updates'>,
  'id' | 'updateId' | 'chatId' | 'attempts' | 'turn' | 'previewMessageId' | 'shownAt'
> & {
  payload: string
}

/** `payload` is the update as JSON; null where only its id is kept, and then it counts as handled. */
export type NewUpdate = Pick<Row<'updates'>, 'updateId' | 'chatId' | 'payload'>

const now = () => new Date().toISOString()

const insert = prepared((db, update: NewUpdate & { receivedAt: string; handledAt: string | null }) =>
  db
    .insertInto('updates')
    .values({
      updateId: update.updateId,
      chatId: update.chatId,
      payload: update.payload,
      receivedAt: update.receivedAt,
      handledAt: update.handledAt,
    })
    .onConflict((conflict) => conflict.column('updateId').doNothing())
    .returning('id'),
)

const mark = prepared((db, { updateId, handledAt }: { updateId: number; handledAt: string }) =>
  db.updateTable('updates').set({ handledAt }).where('updateId', '=', updateId).where('handledAt', 'is', null).returning('id'),
)

/** What Telegram sent, in the order of arrival, each id once. */
export function createUpdates(db: Executor, touch: Touch, tell: Tell) {
  return {
    /** Stores an update. Of an id that was here before, nothing is written and nothing returned. */
    async add(update: NewUpdate): Promise<{ id: number } | undefined> {
      const receivedAt = now()
      const [row] = await insert(db, { ...update, receivedAt, handledAt: update.payload === null ? receivedAt : null })
      tell({ of: 'update', is: !row ? 'repeated' : update.payload === null ? 'refused' : 'stored' })
      if (row) touch('updates')
      return row
    },

    /** Stored and not finished, in the order of arrival. */
    async unhandled(): Promise<StoredUpdate[]> {
      return db
        .selectFrom('updates')
        .select(['id', 'updateId', 'chatId', 'payload', 'attempts', 'turn', 'previewMessageId', 'shownAt'])
        .where('handledAt', 'is', null)
        .where('payload', 'is not', null)
        .$narrowType<{ payload: string }>()
        .orderBy('id')
        .execute()
    },

    /** Marks an update as done with, in the transaction of what its handler writes. False when it was marked before. */
    async setHandled(updateId: number, as: 'handled' | 'set aside' = 'handled'): Promise<boolean> {
      const [row] = await mark(db, { updateId, handledAt: now() })
      if (row) tell({ of: 'update', is: as })
      if (row) touch('updates')
      return row !== undefined
    },

    /** Notes that these updates make up one turn, of which something is stored. */
    async setTurn(ids: number[], turn: number): Promise<void> {
      await db.updateTable('updates').set({ turn }).where('id', 'in', ids).execute()
    },

    /** Notes in which message the answer to this update is shown while it is written. */
    async setPreview(id: number, previewMessageId: number): Promise<void> {
      await db.updateTable('updates').set({ previewMessageId }).where('id', '=', id).execute()
    },

    /** Notes that a piece of the answer to this update is shown from now on. */
    async setShown(id: number): Promise<void> {
      await db.updateTable('updates').set({ shownAt: now() }).where('id', '=', id).where('shownAt', 'is', null).execute()
    },

    /** Notes that a try begins which may end the process, or that one threw; the error of an earlier one stays. */
    async setAttempted(id: number, attempts: number, error?: string): Promise<void> {
      await db
        .updateTable('updates')
        .set({ attempts, ...(error !== undefined && { error }) })
        .where('id', '=', id)
        .execute()
    },

    /** What is kept of an update by its place in the order of arrival; `chatId` is null once its person is forgotten. */
    async get(id: number): Promise<Pick<Row<'updates'>, 'chatId' | 'receivedAt'> | undefined> {
      return db.selectFrom('updates').select(['chatId', 'receivedAt']).where('id', '=', id).executeTakeFirst()
    },

    /** Forgets updates that were done with before a time (ISO 8601 UTC), at most so many. Returns how many it were. */
    async prune(before: string, limit: number): Promise<number> {
      const old = db.selectFrom('updates').select('id').where('handledAt', '<', before).orderBy('handledAt').limit(limit)
      const { numDeletedRows } = await db.deleteFrom('updates').where('id', 'in', old).executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}
