import { Upload } from '../../../playground/bot-api/params.ts'
import type { ChatMessage } from '../../../playground/bot-api/state.ts'
import type { House } from '../../build.ts'

/** A row of the outbox, as far as it is looked at. */
export interface Delivery {
  id: number
  chat_id: number
  job_id: number | null
  purpose: string
  part: number
  method: string
  payload: string
  state: string
}

/** The parts of one message, in their order. */
export type Letter = [Delivery, ...Delivery[]]

/** Letters and digits alone: the same for a text, for its markup, and for its plain form where links have no addresses. */
export function bare(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, '')
}

const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' }

function fromHtml(html: string): string {
  return html.replace(/<[^>]*>/g, '').replace(/&(lt|gt|quot|amp);/g, (entity) => entities[entity] ?? '')
}

/** What a person is to read of a delivery, bare. */
export function wordingOf({ method, payload }: Delivery): string {
  const { text, caption } = JSON.parse(payload)
  return method === 'sendDocument' ? `document${bare(caption ?? '')}` : bare(fromHtml(text ?? ''))
}

/** What a person reads of a message, bare. */
export function shownIn({ document, text }: ChatMessage): string {
  return document ? `document${bare(text)}` : bare(text)
}

/**
 * What a person read of each message of a chat when it came, bare: a status message and a list have changed since. With what
 * they can read in it in full.
 */
export function cameTo(house: House, chatId: number): { wording: string; content: string }[] {
  const sent = house.rows<Delivery & { message_id: number }>(
    "SELECT * FROM deliveries WHERE chat_id = ? AND message_id IS NOT NULL AND method = 'sendMessage'",
    chatId,
  )
  const first = new Map(sent.map((delivery) => [delivery.message_id, delivery]))
  return house.telegram.sent(chatId).map((message) => {
    const delivery = message.edited ? first.get(message.message_id) : undefined
    return delivery
      ? { wording: wordingOf(delivery), content: fromHtml(JSON.parse(delivery.payload).text) }
      : { wording: shownIn(message), content: contentOf(message) }
  })
}

/** All that a person can read in a message, a document's content too. */
export function contentOf({ payload, text }: ChatMessage): string {
  const file = payload.document instanceof Upload ? payload.document.content.toString() : ''
  return file ? fromHtml(file.replace(/<style>[\s\S]*?<\/style>/g, '')) : text
}

/** The outbox of a chat in letters: a first part and what was laid down with it. */
export function lettersOf(deliveries: Delivery[]): Letter[] {
  const letters: Letter[] = []
  for (const delivery of deliveries) {
    const letter = letters.at(-1)
    const last = letter?.at(-1)
    const goesOn = last?.job_id === delivery.job_id && last?.purpose === delivery.purpose && last?.part === delivery.part - 1
    if (letter && goesOn) letter.push(delivery)
    else letters.push([delivery])
  }
  return letters
}

/** The outcomes of calls that say no in no words, or were taken. */
const noRefusal = new Set(['ok', 'rate-limit', 'server-error', 'reset', 'hang', 'html', 'truncated', 'lost'])

/** Whether Telegram refused this delivery for good. */
export function wasRefused(house: House, delivery: Delivery): boolean {
  const { text, caption } = JSON.parse(delivery.payload)
  return house.telegram.calls.some(
    ({ method, payload, outcome }) =>
      method === delivery.method &&
      Number(payload.chat_id) === delivery.chat_id &&
      (payload.text ?? payload.caption) === (text ?? caption) &&
      !noRefusal.has(outcome),
  )
}

/** How many answers to messages in this chat were lost on their way back. */
export function lostAnswers(house: House, chatId: number): number {
  return house.telegram.calls.filter(({ method, payload, outcome }) => {
    const isMessage = method === 'sendMessage' || method === 'sendDocument'
    return isMessage && Number(payload.chat_id) === chatId && (outcome === 'lost' || outcome === 'truncated')
  }).length
}
