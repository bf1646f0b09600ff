import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { TelegramError } from 'telegraf'
import { type Api, retryDelay } from './api.ts'
import { toFormatted } from './format/markdown.ts'
import { MESSAGE_LIMIT, toParts } from './format/parts.ts'
import type { Address } from './outbox.ts'
import type { Pace } from './pace.ts'

/** How long after a picture of the answer the next one follows: an edit counts against Telegram's pace for messages. */
const PACE_MS = { draft: 600, edit: 2_500 } as const
/** How much of the end of a long answer a draft shows, in UTF-16 units. */
const TAIL = 3_500
/** A draft is shown for 30 seconds and then wants to be sent again. */
const DRAFT_LASTS_MS = 20_000

/** How long the answer itself waits for a draft on its way, which would be shown beside it; */
const LAST_DRAFT_MS = 1_000

/** How long a message or an edit may take that shows it: the answer itself waits for that. */
const PREVIEW_MS = 5_000

interface Parts {
  api: Api
  pace: Pace
  /** Whether a chat has messages that are still to be sent. */
  isBehind: (chatId: number) => Promise<boolean>
  log: FastifyBaseLogger
}

type Way = keyof typeof PACE_MS

interface Callbacks {
  /** Something of the answer is about to be shown for the first time. */
  onShow: () => Promise<void>
  /** A message was sent to show the answer in, and is in the chat from now on. */
  onPreview: (messageId: number) => Promise<void>
}

/**
 * Shows answers while they are written: as drafts, or where the Bot API has none in a message that is edited, or not at all
 * where neither works. What is shown may be lost or late, and a message whose answer Telegram lost may be left standing with a
 * piece of it; the answer itself comes by the outbox.
 */
export function createDrafts({ api, pace, isBehind, log }: Parts) {
  let knowsDrafts = true
  /** Until when Telegram wants no drafts in a chat, ms since 1970. */
  const heldUntil = new Map<number, number>()

  return {
    /** Begins to show one answer. `draftId` is any number but 0; `previewMessageId` is the message that shows it already. */
    begin(to: Address & { draftId: number }, previewMessageId: number | null | undefined, { onShow, onPreview }: Callbacks) {
      const { chatId, draftId } = to
      const thread = to.messageThreadId ? { message_thread_id: to.messageThreadId } : {}
      const settled = new AbortController()
      const givenUp = new AbortController()
      let way: Way = knowsDrafts && !previewMessageId ? 'draft' : 'edit'
      let preview = previewMessageId ?? undefined
      let failed = false
      let wanted: string | undefined
      let work: Promise<void> | undefined

      async function showWhileWanted(): Promise<void> {
        let [shown, shownAt] = ['', 0]
        // A message rings: what is written in no time comes whole.
        if (way === 'edit' && !preview) await sleep(PACE_MS.edit, undefined, { signal: settled.signal }).catch(() => {})
        let isNoted = false
        while (wanted !== undefined && !failed && !settled.signal.aborted) {
          isNoted ||= await onShow().then(
            () => true,
            () => false, // what is not on disk is not shown either
          )
          const html = isNoted && pictureOf(wanted, way)
          if (html && (html !== shown || (way === 'draft' && Date.now() - shownAt > DRAFT_LASTS_MS))) {
            const isShown = await show(html).catch(noteFailure)
            if (isShown) [shown, shownAt] = [html, Date.now()]
          }
          await sleep(PACE_MS[way], undefined, { signal: settled.signal }).catch(() => {})
        }
      }

      /** Whether it is shown now. */
      async function show(text: string): Promise<boolean> {
        const message = { chat_id: chatId, text, parse_mode: 'HTML' as const, ...thread }
        if (way === 'draft' && !preview) {
          if ((heldUntil.get(chatId) ?? 0) > Date.now()) return false
          heldUntil.delete(chatId)
          const fields = { draft_id: draftId, ...message } as never // Telegraf does not know of drafts
          await api.callApi('sendMessageDraft' as 'sendMessage', fields, { signal: givenUp.signal as never })
          return true
        }
        const options = { link_preview_options: { is_disabled: true } }
        const deadline = { signal: AbortSignal.timeout(PREVIEW_MS) as never }
        // It would stand above what was said before it; and the answers that wait go first.
        if (!preview && (await isBehind(chatId))) return false
        const done = pace.tryTake(chatId)
        if (!done) return false
        try {
          if (preview) await api.callApi('editMessageText', { ...message, ...options, message_id: preview }, deadline)
          else {
            preview = (await api.callApi('sendMessage', { ...message, ...options }, deadline)).message_id
            await onPreview(preview)
          }
          return true
        } finally {
          done()
        }
      }

      async function noteFailure(error: unknown): Promise<false> {
        const code = error instanceof TelegramError ? error.code : undefined
        if (way === 'draft' && !preview && (code === 404 || code === 400)) {
          way = 'edit'
          if (code === 404 && knowsDrafts) log.info('This Bot API knows no drafts: answers are shown by edits')
          if (code === 404) knowsDrafts = false
        } else if (code === 429) {
          const waitMs = retryDelay(error, 1) ?? 0
          if (way === 'edit') pace.hold(chatId, waitMs)
          else heldUntil.set(chatId, Date.now() + waitMs)
          await sleep(waitMs, undefined, { signal: settled.signal }).catch(() => {})
        } else if (code !== 400) failed = true // nothing readable came back: the outbox has the patience for that
        return false
      }

      return {
        /** This is what is written so far, in Markdown; the last one wins. */
        show(markdown: string): void {
          wanted = markdown
          if (markdown) work ??= showWhileWanted()
        },
        /** Shows no more, and returns when nothing of it is on its way. */
        async settle(): Promise<void> {
          settled.abort()
          const patience = setTimeout(() => givenUp.abort(), LAST_DRAFT_MS)
          await work
          clearTimeout(patience)
        },
      }
    },
  }
}

/** What fits of it into a message: of a draft the end, as it grows; of a message that stays, the beginning. */
function pictureOf(markdown: string, way: Way): string {
  if (markdown.length > TAIL && way === 'draft') {
    const from = markdown.length - TAIL
    return pictureOf(`…${markdown.slice(markdown.indexOf('\n', from) + 1 || from).toWellFormed()}`, way)
  }
  const [first, ...more] = toParts(toFormatted(markdown), { limit: MESSAGE_LIMIT - 2 })
  return first ? first.html + (more.length > 0 ? '\n…' : '') : ''
}

export type Drafts = ReturnType<typeof createDrafts>
