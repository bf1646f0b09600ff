import type { Executor } from './open.ts'

/** One message of a conversation as Claude's API has it; `content` is its list of blocks, kept as JSON. */
export interface StoredMessage {
  role: 'user' | 'assistant'
  content: unknown[]
}

/** `tokens` is an estimate. */
export type MeasuredMessage = StoredMessage & { tokens: number }

/** `turn` is the place in the order of arrival (`updates.id`) of the update that began the turn. */
export interface Turn {
  turn: number
  chatId: number
  userId: number
}

/** A turn of a conversation as it was stored. */
export interface StoredTurn {
  turn: number
  tokens: number
  messages: StoredMessage[]
}

/** What is sent along with a turn: in short what came first, and the turns after that as they were, oldest first. */
export interface History {
  summary: string | undefined
  turns: StoredTurn[]
}

/** How far back one look goes; far more than any token budget holds. */
const MOST_ROWS = 2_000

const now = () => new Date().toISOString()

/** The conversations, by chat, in turns, and the running summaries of what came first in them. */
export function createMessages(db: Executor) {
  const ofChat = (chatId: number) => db.selectFrom('messages').where('chatId', '=', chatId)

  return {
    /** Stores what follows in a turn after its first `from` messages, in the place of what was stored there. */
    async append({ turn, chatId, userId }: Turn, from: number, messages: MeasuredMessage[]): Promise<void> {
      const rows = messages.map(({ role, content, tokens }, index) => {
        const ordinal = from + index
        return { chatId, userId, turn, ordinal, role, content: JSON.stringify(content), tokens, createdAt: now() }
      })
      await db.deleteFrom('messages').where('turn', '=', turn).where('ordinal', '>=', from).execute()
      await db.insertInto('messages').values(rows).execute()
    },

    /** What is stored of a turn, in order. */
    async ofTurn(turn: number): Promise<StoredMessage[]> {
      const rows = await db
        .selectFrom('messages')
        .select(['role', 'content'])
        .where('turn', '=', turn)
        .orderBy('ordinal')
        .execute()
      return rows.map(toStored)
    },

    /** Turns that began before this one are no longer part of the conversation; they stay stored. */
    async addBoundary({ turn, chatId, userId }: Turn): Promise<void> {
      const row = { chatId, userId, turn, ordinal: 0, role: 'boundary' as const, content: '[]', tokens: 0 }
      await db
        .insertInto('messages')
        .values({ ...row, createdAt: now() })
        .execute()
    },

    /** Where the conversation that `turn` belongs to ends: the next boundary, if there is one. */
    async boundaryAfter(chatId: number, turn: number): Promise<number | undefined> {
      const boundaries = ofChat(chatId).select('turn').where('role', '=', 'boundary').where('turn', '>', turn)
      return (await boundaries.orderBy('turn').limit(1).executeTakeFirst())?.turn
    },

    /** Since the last boundary before `beforeTurn`: the summary, and the newest whole turns after it that fit into `tokenBudget`. */
    async history(chatId: number, beforeTurn: number, tokenBudget: number): Promise<History> {
      const before = ofChat(chatId).where('turn', '<', beforeTurn).orderBy('turn', 'desc')
      const boundary = await before.select('turn').where('role', '=', 'boundary').limit(1).executeTakeFirst()
      const summary = await db
        .selectFrom('summaries')
        .select(['upToTurn', 'content'])
        .where('chatId', '=', chatId)
        .where('upToTurn', '>', boundary?.turn ?? 0)
        .where('upToTurn', '<', beforeTurn)
        .orderBy('upToTurn', 'desc')
        .limit(1)
        .executeTakeFirst()
      const rows = await before
        .select(['turn', 'role', 'content', 'tokens'])
        .where('turn', '>', summary?.upToTurn ?? boundary?.turn ?? 0)
        .orderBy('ordinal', 'desc')
        .limit(MOST_ROWS)
        .execute()
      const turns = [...Map.groupBy(rows, (row) => row.turn)].map(([turn, ofTurn]): StoredTurn => {
        const tokens = ofTurn.reduce((sum, row) => sum + row.tokens, 0)
        return { turn, tokens, messages: ofTurn.reverse().map(toStored) }
      })
      return { summary: summary?.content, turns: newestWithin(turns, tokenBudget).reverse() }
    },

    /** Puts a summary in the place of the turns up to this one; what is stored of them stays. */
    async addSummary(chatId: number, upToTurn: number, content: string, tokens: number): Promise<void> {
      const row = { chatId, upToTurn, content, tokens, createdAt: now() }
      const insert = db.insertInto('summaries').values(row)
      await insert.onConflict((conflict) => conflict.columns(['chatId', 'upToTurn']).doNothing()).execute()
    },

    /** Everything that was said with a person since a time (ISO 8601 UTC), over all boundaries, oldest first. */
    async since(userId: number, from: string): Promise<(StoredMessage & { createdAt: string })[]> {
      const rows = await db
        .selectFrom('messages')
        .select(['role', 'content', 'createdAt'])
        .where('userId', '=', userId)
        .where('createdAt', '>=', from)
        .where('role', '<>', 'boundary')
        .orderBy('turn')
        .orderBy('ordinal')
        .execute()
      return rows.map((row) => ({ ...toStored(row), createdAt: row.createdAt }))
    },
  }
}

/** The newest turns that fit, newest first; the newest of all goes along in any case. */
function newestWithin(turns: StoredTurn[], tokenBudget: number): StoredTurn[] {
  // Over the budget, the beginning moves on in steps of half of it: between two steps the prompt cache holds all that is sent.
  const total = turns.reduce((sum, { tokens }) => sum + tokens, 0)
  const step = tokenBudget / 2
  const room = total > tokenBudget ? total - Math.ceil((total - tokenBudget) / step) * step : total
  let spent = 0
  return turns.filter(({ tokens }, index) => {
    spent += tokens
    return index === 0 || spent <= room
  })
}

/** Boundaries are excluded wherever messages are read. */
function toStored({ role, content }: { role: string; content: string }): StoredMessage {
  return { role: role as StoredMessage['role'], content: JSON.parse(content) }
}
