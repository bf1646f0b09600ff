import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { TelegramError } from 'telegraf'
import type { Api } from './api.ts'
import { toFormatted } from './format/markdown.ts'
import { toParts } from './format/parts.ts'
import type { Address } from './outbox.ts'

/** How long after a picture of the answer the next one follows: an edit counts against Telegram's pace for messages. */
const PACE_MS = { draft: 600, edit: 2_500 } as const
/** A draft is shown for 30 seconds and then wants to be sent again. */
const DRAFT_LASTS_MS = 20_000

type Way = keyof typeof PACE_MS

interface Callbacks {
  /** A message was sent to show the answer in, and is in the chat from now on. */
  onPreview: (messageId: number) => Promise<void>
}

/**
 * Shows answers while they are written: as drafts, or where the Bot API has none in a message that is edited, or not at all
 * where neither works. What is shown may be lost or late; the answer itself comes by the outbox.
 */
export function createDrafts(api: Api, log: FastifyBaseLogger) {
  let way: Way = 'draft'

  return {
    /** Begins to show one answer. `draftId` is any number but 0; `previewMessageId` is the message that shows it already. */
    begin(to: Address & { draftId: number }, previewMessageId: number | null | undefined, { onPreview }: Callbacks) {
      const { chatId, draftId } = to
      const thread = to.messageThreadId ? { message_thread_id: to.messageThreadId } : {}
      const settled = new AbortController()
      let preview = previewMessageId ?? undefined
      let failed = false
      let wanted: string | undefined
      let work: Promise<void> | undefined

      async function showWhileWanted(): Promise<void> {
        let [shown, shownAt] = ['', 0]
        while (wanted !== undefined && !failed && !settled.signal.aborted) {
          const html = toParts(toFormatted(wanted)).at(-1)?.html ?? ''
          if (html && (html !== shown || (way === 'draft' && Date.now() - shownAt > DRAFT_LASTS_MS))) {
            const isShown = await show(html).then(() => true, noteFailure)
            if (isShown) [shown, shownAt] = [html, Date.now()]
          }
          await sleep(PACE_MS[way], undefined, { signal: settled.signal }).catch(() => {})
        }
      }

      async function show(text: string): Promise<void> {
        const message = { chat_id: chatId, text, parse_mode: 'HTML' as const, ...thread }
        // Telegraf does not know of drafts.
        if (way === 'draft' && !preview)
          return void (await api.callApi('sendMessageDraft' as 'sendMessage', { draft_id: draftId, ...message } as never))
        const options = { link_preview_options: { is_disabled: true } }
        if (preview) return void (await api.callApi('editMessageText', { ...message, ...options, message_id: preview }))
        const { message_id } = await api.callApi('sendMessage', { ...message, ...options })
        preview = message_id
        await onPreview(message_id)
      }

      async function noteFailure(error: unknown): Promise<false> {
        const code = error instanceof TelegramError ? error.code : undefined
        if (way === 'draft' && !preview && (code === 404 || code === 400)) {
          log.info({ said: String(error) }, 'Drafts do not work here: answers are shown by edits')
          way = 'edit'
        } else if (code === 429) {
          const seconds = (error as TelegramError).parameters?.retry_after ?? 1
          await sleep(seconds * 1_000, undefined, { signal: settled.signal }).catch(() => {})
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
          await work
        },
      }
    },
  }
}

export type Drafts = ReturnType<typeof createDrafts>
