import type { Database, Stores } from '../../db/open.ts'
import type { StoredUpdate } from '../../db/updates.ts'
import { post } from '../telegram/outbox.ts'
import { type Origin, originOf } from './origin.ts'

const DAY_MS = 24 * 60 * 60 * 1000

interface Parts {
  db: Database
  allowedUserIds: ReadonlySet<number> | 'everyone'
  dispatch: (update: StoredUpdate) => void
}

/** An update as the webhook has checked it: an object with a safe `update_id`, and nothing else known of it. */
export type RawUpdate = { update_id: number } & Record<string, unknown>

/**
 * Puts an update on disk, once, and sends it on its way. Of strangers and groups only the bare id is kept, and the one
 * sentence they get is in the outbox with the same commit.
 */
export function createIntake({ db, allowedUserIds, dispatch }: Parts) {
  function isOurs(origin: Origin): boolean {
    return origin.chat.type === 'private' && (allowedUserIds === 'everyone' || allowedUserIds.has(origin.userId))
  }

  async function refuse(stores: Stores, { chat, userId, messageThreadId }: Origin): Promise<void> {
    const isPrivate = chat.type === 'private'
    const now = new Date()
    const due = await stores.refusals.claim(chat.id, now, isPrivate ? new Date(now.getTime() - DAY_MS) : new Date(0))
    if (!due) return
    const text = isPrivate
      ? `Sorry, I am a private assistant and may only talk with the people on my list. If you should be on it, ask my owner to add your id: ${userId}`
      : 'I only work in private chats. Please write to me directly.'
    await post(stores, { chatId: chat.id, messageThreadId }, { purpose: 'refusal', text })
  }

  /** Returns once the update is committed; what comes of it comes later. An id seen before changes nothing. */
  return async function accept(update: RawUpdate): Promise<void> {
    const origin = originOf(update)
    const updateId = update.update_id
    if (origin && isOurs(origin) && isShallow(update)) {
      const payload = JSON.stringify(update)
      const chatId = origin.chat.id
      const row = await db.transaction(({ updates }) => updates.add({ updateId, chatId, payload }))
      if (row)
        dispatch({ id: row.id, updateId, chatId, payload, attempts: 0, turn: null, previewMessageId: null, shownAt: null })
      return
    }
    await db.transaction(async (stores) => {
      const row = await stores.updates.add({ updateId, chatId: null, payload: null })
      const mayBeTold = origin?.speaks && !origin.isBot && !origin.isForeign && origin.chat.type !== 'channel'
      if (row && mayBeTold) await refuse(stores, origin)
    })
  }
}

/** No person sends what is nested deeper, and neither SQLite nor JSON.stringify goes down without end. */
const DEEPEST = 100

function isShallow(value: unknown, left = DEEPEST): boolean {
  if (typeof value !== 'object' || value === null) return true
  return left > 0 && Object.values(value).every((part) => isShallow(part, left - 1))
}

export type Intake = ReturnType<typeof createIntake>
