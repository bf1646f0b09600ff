import type { Delivery, NewDelivery } from '../../db/deliveries.ts'
import type { Stores } from '../../db/open.ts'
import type { Formatted } from './format/formatted.ts'
import { atRule } from './format/lex.ts'
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

/** What a button about a job does; each is a feature of the bot. */
export type JobDeed = 'again' | 'another' | 'show' | 'steps' | 'stop'

/** A button: about a job, about something else that its feature reads out of a few bytes, or a Mini App at an address. */
export type Button = { label: string } & (
  | { does: JobDeed; jobId: number }
  | { does: 'jobs' | 'forget' | 'keep'; about: string }
  | { opens: string }
)

/** What goes out: why, of which job if of one, and how. Its first part rings unless it is `silent`; what follows never does. */
export type Letter = {
  /** A reply, if not said. */
  purpose?: NewDelivery['purpose']
  jobId?: number | null
  silent?: boolean
  /** The message that it answers. */
  replyTo?: number | null
  /** The message in which it was shown while it was written: that one becomes its first part. */
  previewMessageId?: number | null | undefined
  /** Rows of buttons below its last part. */
  buttons?: Button[][]
  /** Where it can be read as one, in a Mini App: a button leads there from what comes in several messages. */
  readAt?: string | undefined
} & ({ text: string } | { markdown: string; title?: string })

/**
 * Lays a message into the outbox, in as many parts as its length needs. It goes out after the commit, and again after
 * any crash until Telegram has taken it. Returns the ids of the parts.
 */
export async function post(stores: Stores, to: Address, letter: Letter): Promise<number[]> {
  const { purpose = 'reply', jobId = null, silent = false, replyTo, previewMessageId, readAt } = letter
  const row = { chatId: to.chatId, messageThreadId: to.messageThreadId ?? null, jobId, purpose }
  const parts = partsOf(letter)
  if (parts.length === 0) throw new Error('An empty message cannot be sent')
  const shown = parts.length > MOST_PARTS && 'markdown' in letter ? parts.slice(0, 1) : parts
  // Telegram opens Mini Apps from private chats alone.
  const open = readAt && parts.length > 1 && to.chatId > 0 ? [[{ label: 'Open', opens: readAt }]] : []
  const buttons = [...(letter.buttons ?? []), ...open]
  const keyboard = buttons.length > 0 && { reply_markup: keyboardOf(buttons) }
  const isCut = shown.length < parts.length
  const reply = replyTo ? { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } } : {}

  const deliveries = shown.map(({ html }, index): NewDelivery => {
    const text = { ...textOf(html), ...(index === shown.length - 1 && !isCut && keyboard) }
    if (index === 0 && previewMessageId) {
      return { ...row, part: 1, method: 'editMessageText', payload: JSON.stringify({ message_id: previewMessageId, ...text }) }
    }
    const manner = { ...(index === 0 && reply), ...((silent || index > 0) && { disable_notification: true }) }
    return { ...row, part: index + 1, method: 'sendMessage', payload: JSON.stringify({ ...text, ...manner }) }
  })
  if (isCut && 'markdown' in letter) {
    const { markdown, title = 'The whole answer' } = letter
    const payload = JSON.stringify({
      title,
      markdown,
      caption: 'The whole of it, to read in a browser.',
      disable_notification: true,
      ...keyboard,
    })
    deliveries.push({ ...row, part: deliveries.length + 1, method: 'sendDocument', payload })
  }
  return stores.deliveries.add(deliveries)
}

/** Telegram takes no longer one. */
const LONGEST_TOAST = 200

/** Lays the answer to a pressed button into the outbox: it ends the spinner and shows for a moment. */
export async function postToast(stores: Stores, chatId: number, queryId: string, text: string): Promise<void> {
  const payload = JSON.stringify({ callback_query_id: queryId, text: text.slice(0, LONGEST_TOAST).toWellFormed() })
  const row = { chatId, messageThreadId: null, jobId: null, purpose: 'callback', part: 1 } as const
  await stores.deliveries.add([{ ...row, method: 'answerCallbackQuery', payload }])
}

/** Lays a document that Telegram refuses into the outbox as messages. */
export async function postInstead(stores: Stores, { payload, part, ...row }: Delivery): Promise<void> {
  const { chatId, messageThreadId, jobId, purpose } = row
  const { markdown, reply_markup } = JSON.parse(payload)
  const parts = toParts(toFormatted(markdown))
  const deliveries = parts.map(({ html }, index): NewDelivery => {
    const keyboard = index === parts.length - 1 && reply_markup ? { reply_markup } : {}
    const json = JSON.stringify({ ...textOf(html), disable_notification: true, ...keyboard })
    return { chatId, messageThreadId, jobId, purpose, part: part + index + 1, method: 'sendMessage', payload: json }
  })
  await stores.deliveries.add(deliveries)
}

/** What the formatter stumbles over is shown as it stands: a result must not be lost by how it is to look. */
function partsOf(letter: Letter): Part[] {
  if ('text' in letter) return toParts(plain(letter.text))
  try {
    return formattedParts(letter)
  } catch {
    return toParts(plain(letter.title ? `${letter.title}\n\n${letter.markdown}` : letter.markdown))
  }
}

/** What has a title is a result: a rule ends what is read first, which fits one screen and has a message of its own. */
function formattedParts({ title, markdown }: { title?: string; markdown: string }): Part[] {
  if (!title) return inParts(markdown)
  const [first, rest] = atRule(markdown)
  const head = toParts(toFormatted(`**${title}**\n\n${first}`), { first: SCREEN })
  return rest ? [...head, ...inParts(rest)] : head
}

/** Markdown may be of a kind that shows nothing; then it is shown as it stands. */
function inParts(markdown: string): Part[] {
  const parts = toParts(toFormatted(markdown))
  return parts.length > 0 ? parts : toParts(plain(markdown))
}

function textOf(html: string) {
  return { text: html, parse_mode: 'HTML', link_preview_options: { is_disabled: true } }
}

/** Rows of buttons as Telegram takes them. */
export function keyboardOf(buttons: Button[][]) {
  const deedOf = (button: Button) =>
    'opens' in button
      ? { web_app: { url: button.opens } }
      : { callback_data: `${button.does}:${'jobId' in button ? button.jobId : button.about}` }
  return { inline_keyboard: buttons.map((row) => row.map((button) => ({ text: button.label, ...deedOf(button) }))) }
}

function plain(text: string): Formatted {
  return { text, entities: [] }
}
