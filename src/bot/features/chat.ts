import type { Said } from '../../ai/attachments.ts'
import type { Attachment } from '../../attachment.ts'
import type { LocalTime } from '../../local-time.ts'
import { announceBudget } from '../../telegram/budget-notices.ts'
import type { RemyContext } from '../context.ts'
import { type Feature, type FeatureParts, isCommand } from '../feature.ts'
import { inWords } from '../in-words.ts'
import { repliedJobs } from '../replied-jobs.ts'

/** Telegram shows a chat action for five seconds. */
const TYPING_EVERY_MS = 4_500

/** Stands above an answer of which a piece had been shown when the last process ended. */
const INTERRUPTED_ANSWER = '_(I was interrupted by a restart. Here is the whole answer.)_'

/** Messages that are no command are a turn of the conversation. */
export function createChat({ db, conversation, folding, drafts, budget, localTime }: FeatureParts): Feature {
  async function answerTurn(ctx: RemyContext, content: Said['content'], refusals: string[]): Promise<void> {
    const { arrival: turn, asker, delivered } = ctx
    const [first] = delivered.stored
    const draft = drafts.begin(
      { chatId: ctx.chatId, messageThreadId: ctx.messageThreadId, draftId: turn },
      first?.previewMessageId,
      {
        onShow: () => db.updates.setShown(turn),
        async onPreview(messageId) {
          if (first) first.previewMessageId = messageId
          await db.updates.setPreview(turn, messageId)
        },
      },
    )
    const signal = delivered.turn?.signal ?? ctx.signal
    const hearing = { signal, stop: delivered.turn?.stop ?? signal, onText: draft.show }
    const request = { turn, updates: delivered.stored.map(({ id }) => id), asker, content, seal: () => delivered.turn?.seal() }
    const answer = await whileTyping(ctx, () => conversation.answer(request, hearing)).finally(draft.settle)
    const interrupted = first?.shownAt ? [INTERRUPTED_ANSWER] : []
    await ctx.commit(async (stores) => {
      const markdown = [...interrupted, ...refusals, answer.text].join('\n\n')
      await stores.messages.append({ turn, chatId: ctx.chatId, userId: ctx.userId }, answer.from, answer.messages)
      await ctx.post(stores, { markdown, previewMessageId: first?.previewMessageId })
      await announceBudget(stores, budget, ctx.userId, ctx)
    })
    folding.afterTurn(ctx.chatId)
  }

  return {
    on: 'message',
    async handle(ctx, next) {
      if (isCommand(ctx.words)) return next()
      const { files, refusals } = ctx.brought
      const { messages } = ctx.delivered
      const words = inWords(messages, await repliedJobs(db, ctx.userId, messages))
      if (!words && files.length === 0) {
        if (refusals.length > 0) return ctx.answer(refusals.join('\n\n'))
        return ctx.commit(async () => {}) // a pinned message, a changed setting: nobody speaks
      }
      return answerTurn(ctx, contentOf(words, files, refusals, localTime), refusals)
    },
  }
}

/** A turn as it is stored: the files, and then the words with the time at which they were sent. */
function contentOf(words: string, files: Attachment[], refusals: string[], localTime: LocalTime): Said['content'] {
  const unread = refusals.map((refusal) => `(Something else came along, and the person is told: ${refusal})`)
  const text = [`[${localTime.long()}]`, words || '(no words, only what is attached)', ...unread].join('\n')
  return [...files.map((attachment) => ({ type: 'attachment' as const, attachment })), { type: 'text', text }]
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
