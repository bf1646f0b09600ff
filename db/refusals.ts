import type { Executor } from './open.ts'

/** Which chats were told that Remy does not work there, and when. */
export function createRefusals(db: Executor) {
  return {
    /** Notes a refusal, unless one was noted after `notSince`. Returns whether it is due. */
    async claim(chatId: number, at: Date, notSince: Date): Promise<boolean> {
      const refusedAt = at.toISOString()
      const row = await db
        .insertInto('refusals')
        .values({ chatId, refusedAt })
        .onConflict((conflict) =>
          conflict.column('chatId').doUpdateSet({ refusedAt }).where('refusals.refusedAt', '<=', notSince.toISOString()),
        )
        .returning('chatId')
        .executeTakeFirst()
      return row !== undefined
    },
  }
}
