import { Composer } from 'telegraf'
import { message } from 'telegraf/filters'
import type { RemyContext } from '../context.ts'
import { type Feature, type FeatureParts, isCommand } from '../feature.ts'

/** Telegram shows a chat action for five seconds. */
const TYPING_EVERY_MS = 4_500

/** A text that is no command is a turn of the conversation. */
export function createChat({ conversation }: FeatureParts): Feature {
  const composer = new Composer<RemyContext>()
  composer.on(message('text'), async (ctx, next) => {
    if (isCommand(ctx.message.text)) return next()
    const request = { chatId: ctx.chatId, userId: ctx.userId, turn: ctx.turn, text: ctx.message.text }
    const { text, messages } = await whileTyping(ctx, () => conversation.answer(request, ctx.signal))
    await ctx.commit(async (stores) => {
      await stores.messages.addTurn(request, messages)
      await ctx.post(stores, { text })
    })
  })
  return { composer }
}

/** Shows "typing…" as long as `work` lasts. A failed call only means that it does not show. */
async function whileTyping<T>(ctx: RemyContext, work: () => Promise<T>): Promise<T> {
  const thread = ctx.messageThreadId
  const show = () => {
    ctx.telegram.sendChatAction(ctx.chatId, 'typing', thread ? { message_thread_id: thread } : {}).catch(() => {})
  }
  show()
  const timer = setInterval(show, TYPING_EVERY_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
