import type { Executor } from './open.ts'

/** One message of a conversation as Claude's API has it; `content` is its list of blocks, kept as JSON. */
export interface StoredMessage {
  role: 'user' | 'assistant'
  content: unknown[]
}

/** `turn` is the place in the order of arrival (`updates.id`) of the update that began the turn. */
export interface Turn {
  turn: number
  chatId: number
  userId: number
}

/** How far back one look goes; far more than any token budget holds. */
const MOST_ROWS = 2_000

/** The conversations, by chat, in turns. */
export function createMessages(db: Executor) {
  const ofChatBefore = (chatId: number, beforeTurn: number) =>
    db.selectFrom('messages').where('chatId', '=', chatId).where('turn', '<', beforeTurn).orderBy('turn', 'desc')

  return {
    /** Stores a whole turn; `tokens` is the estimate for each message. */
    async addTurn({ turn, chatId, userId }: Turn, messages: (StoredMessage & { tokens: number })[]): Promise<void> {
      const createdAt = new Date().toISOString()
      const rows = messages.map(({ role, content, tokens }, ordinal) => {
        return { chatId, userId, turn, ordinal, role, content: JSON.stringify(content), tokens, createdAt }
      })
      await db.insertInto('messages').values(rows).execute()
    },

    /** Turns that began before this one are no longer part of the conversation; they stay stored. */
    async addBoundary({ turn, chatId, userId }: Turn): Promise<void> {
      const createdAt = new Date().toISOString()
      await db
        .insertInto('messages')
        .values({ chatId, userId, turn, ordinal: 0, role: 'boundary', content: '[]', tokens: 0, createdAt })
        .execute()
    },

    /** The newest whole turns since the last boundary that begin before `beforeTurn` and fit into `tokenBudget`, oldest first. */
    async history(chatId: number, beforeTurn: number, tokenBudget: number): Promise<StoredMessage[]> {
      const boundary = await ofChatBefore(chatId, beforeTurn)
        .select('turn')
        .where('role', '=', 'boundary')
        .limit(1)
        .executeTakeFirst()
      const rows = await ofChatBefore(chatId, beforeTurn)
        .select(['turn', 'role', 'content', 'tokens'])
        .where('turn', '>', boundary?.turn ?? 0)
        .orderBy('ordinal', 'desc')
        .limit(MOST_ROWS)
        .execute()

      // Over the budget, the beginning moves on in steps of half of it: between two steps the prompt cache holds all that is sent.
      const { total } = await ofChatBefore(chatId, beforeTurn)
        .where('turn', '>', boundary?.turn ?? 0)
        .select((eb) => eb.fn.coalesce(eb.fn.sum<number>('tokens'), eb.lit(0)).as('total'))
        .executeTakeFirstOrThrow()
      const step = tokenBudget / 2
      const room = total - Math.max(0, Math.ceil((total - tokenBudget) / step)) * step

      const kept: StoredMessage[] = []
      let spent = 0
      for (const turn of Map.groupBy(rows, (row) => row.turn).values()) {
        spent += turn.reduce((sum, row) => sum + row.tokens, 0)
        if (spent > (kept.length > 0 ? room : tokenBudget)) break // the last answer goes along even where it alone fills the room
        // Boundaries are excluded by their turn.
        kept.push(...turn.map(({ role, content }) => ({ role: role as StoredMessage['role'], content: JSON.parse(content) })))
      }
      return kept.reverse()
    },
  }
}
