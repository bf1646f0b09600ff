import type { NewDelivery } from '../../db/deliveries.ts'
import type { Stores } from '../../db/open.ts'
import { toDocument } from './format/document.ts'
import type { Formatted } from './format/formatted.ts'
import { toFormatted } from './format/markdown.ts'
import { type Part, toParts } from './format/parts.ts'

/** What rings fits on a phone's screen: this many UTF-16 units fill one of 390 by 844 points. */
const SCREEN = 900
/** What needs more messages comes as its first one and a document with the whole. */
const MOST_PARTS = 4

export interface Address {
  chatId: number
  messageThreadId?: number | null | undefined
}

/** What goes out: why, of which job if of one, and how. Its first part rings unless it is `silent`; what follows never does. */
export type Letter = {
  purpose: NewDelivery['purpose']
  jobId?: number | null
  silent?: boolean
  /** The message that it answers. */
  replyTo?: number | null
  /** The message in which it was shown while it was written: that one becomes its first part. */
  previewMessageId?: number | null | undefined
} & ({ text: string } | { markdown: string; title?: string })

/**
 * Lays a message into the outbox, in as many parts as its length needs. It goes out after the commit, and again after
 * any crash until Telegram has taken it.
 */
export async function post(stores: Stores, to: Address, letter: Letter): Promise<void> {
  const { purpose, jobId = null, silent = false, replyTo, previewMessageId } = letter
  const row = { chatId: to.chatId, messageThreadId: to.messageThreadId ?? null, jobId, purpose }
  const parts = partsOf(letter)
  if (parts.length === 0) throw new Error('An empty message cannot be sent')
  const shown = parts.length > MOST_PARTS && 'markdown' in letter ? parts.slice(0, 1) : parts
  const reply = replyTo ? { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } } : {}

  const deliveries = shown.map(({ html }, index): NewDelivery => {
    const text = { text: html, parse_mode: 'HTML', link_preview_options: { is_disabled: true } }
    if (index === 0 && previewMessageId) {
      return { ...row, part: 1, method: 'editMessageText', payload: JSON.stringify({ message_id: previewMessageId, ...text }) }
    }
    const manner = { ...(index === 0 && reply), ...((silent || index > 0) && { disable_notification: true }) }
    return { ...row, part: index + 1, method: 'sendMessage', payload: JSON.stringify({ ...text, ...manner }) }
  })
  if (shown.length < parts.length && 'markdown' in letter) {
    const { markdown, title = 'The whole answer' } = letter
    const file_name = `${title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')}.html`
    const payload = { file_name, content: toDocument(title, markdown), caption: 'The whole of it, to read in a browser.' }
    const json = JSON.stringify({ ...payload, disable_notification: true })
    deliveries.push({ ...row, part: deliveries.length + 1, method: 'sendDocument', payload: json })
  }
  await stores.deliveries.add(deliveries)
}

/** What has a title is a result: a line `---` ends what is read first, which fits one screen and has a message of its own. */
function partsOf(letter: Letter): Part[] {
  if ('text' in letter) return toParts(plain(letter.text))
  const { title, markdown } = letter
  if (!title) return toParts(toFormatted(markdown))
  const seam = /^---[^\S\n]*$/m.exec(markdown)
  const head = toParts(toFormatted(`**${title}**\n\n${markdown.slice(0, seam?.index)}`), { first: SCREEN })
  const rest = seam ? markdown.slice(seam.index + seam[0].length).trim() : ''
  return rest ? [...head, ...toParts(toFormatted(rest))] : head
}

function plain(text: string): Formatted {
  return { text, entities: [] }
}
