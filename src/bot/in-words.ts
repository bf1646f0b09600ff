import type { Heard } from './context.ts'
import type { RepliedJobs } from './replied-jobs.ts'

/** How much of a message that is replied to goes along, in UTF-16 units. */
const QUOTED = 1_000
/** A text of Telegram's full length that ends in so much without a space was cut within a word. */
const FULL = 4_096
const UNBROKEN = 200

/** What a message says by itself, as text or under a file. */
export function wordsOf(message: object | undefined): string {
  const { text, caption } = (message ?? {}) as { text?: unknown; caption?: unknown } // looked at, not trusted
  const words = text ?? caption
  return typeof words === 'string' ? words : ''
}

/**
 * What messages say, one below the other, with what they reply to, and marked where it is somebody else's words. A reply to a
 * message of a job brings the whole of that job along.
 */
export function inWords(messages: Heard[], jobs: RepliedJobs): string {
  return joined(messages.map((message) => withQuotes(message, wordsOf(message), jobs)))
}

/** What surrounds somebody's own words: what was passed on with them, and what they reply to. */
export function aroundWords(messages: Heard[], jobs: RepliedJobs): string {
  return joined(messages.map((message) => withQuotes(message, '', jobs)))
}

/** What the person themself says in messages. */
export function ownWords(messages: Heard[]): string {
  return joined(messages.filter(({ forward_origin }) => !forward_origin).map(wordsOf))
}

function joined(texts: string[]): string {
  const said = texts.filter((text) => text.trim())
  return said.map((text, index) => (index === said.length - 1 || isCutInWord(text) ? text : `${text}\n`)).join('')
}

function isCutInWord(text: string): boolean {
  return text.length === FULL && !/\s/.test(text.slice(-UNBROKEN))
}

function withQuotes(message: Heard, own: string, jobs: RepliedJobs): string {
  const { reply_to_message: replied, forward_origin: origin } = message
  if (origin) return quoted('forwarded', wordsOf(message) || '(no words)', ` from=${JSON.stringify(nameOf(origin))}`)
  const picked = (message as { quote?: { text?: string } }).quote?.text
  const job = replied && jobs.get(replied.message_id)
  const quote = picked ?? (job ? '' : wordsOf(replied))
  const whole = job && quoted('in_reply_to', job.text, ` job=${JSON.stringify(job.of)}`)
  const shown = quote && quoted('in_reply_to', quote.slice(0, QUOTED).toWellFormed())
  return [whole, shown, own].filter(Boolean).join('\n')
}

/** Somebody else's words, which cannot end their own quote. */
function quoted(tag: string, words: string, attributes = ''): string {
  return `<${tag}${attributes}>\n${words.replace(/<(?=\s*\/?\s*(forwarded|in_reply_to))/gi, '‹')}\n</${tag}>`
}

function nameOf(origin: NonNullable<Heard['forward_origin']>): string {
  if (origin.type === 'user') return origin.sender_user.first_name
  if (origin.type === 'hidden_user') return origin.sender_user_name
  const chat = origin.type === 'chat' ? origin.sender_chat : origin.chat
  return 'title' in chat ? chat.title : 'a chat'
}
