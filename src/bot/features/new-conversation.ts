import { defineCommand, type Feature } from '../feature.ts'

/** /new: a boundary. Older turns stay stored and are no longer sent along. */
export function createNewConversation(): Feature {
  return defineCommand('new', 'Begin a new conversation', (ctx) =>
    ctx.commit(async (stores) => {
      await stores.messages.addBoundary({ turn: ctx.arrival, chatId: ctx.chatId, userId: ctx.userId })
      await ctx.post(stores, { text: 'A new conversation. Your background jobs are still there: /jobs' })
    }),
  )
}
