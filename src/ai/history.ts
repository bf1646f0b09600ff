import type { History, MeasuredMessage, StoredMessage } from '../../db/messages.ts'
import type { Database } from '../../db/open.ts'
import { attachmentTokens, isAttachment, type Said } from './attachments.ts'
import { estimateTokens } from './tokens.ts'
import { FROM_WEB } from './tool.ts'

/**
 * How much of the conversation goes along with a turn at most, in estimated tokens. Folding keeps it far below; this
 * bounds it where folding fails again and again.
 */
export const HISTORY_TOKENS = 100_000
/** The history as it is sent: the summary stands before the first words that are still there as they were. */
export function toMessages({ summary, turns }: History): Said[] {
  const messages = turns.flatMap((turn) => turn.messages as Said[]).map(withoutPages) // stored by this module
  if (summary === undefined) return messages
  const text = `<summary_of_the_conversation_so_far>\n${summary}\n</summary_of_the_conversation_so_far>`
  return [{ role: 'user', content: [{ type: 'text', text }] }, ...messages]
}

/** Pages that were read in an earlier turn are not sent again; what was told from them is there in words. */
function withoutPages({ role, content }: Said): Said {
  const blocks = content.flatMap((block) => {
    if (isFromWeb(block) || block.type === 'server_tool_use') return []
    return [block.type === 'text' ? { type: block.type, text: block.text } : block]
  })
  return { role, content: blocks }
}

/** Whether a block holds pages of the web. */
export function isFromWeb({ type }: { type: string }): boolean {
  return type === 'web_search_tool_result'
}

/** The words in a message, block by block. */
export function textsOf({ content }: { content: { type: string; text?: string }[] }): string[] {
  return content.flatMap(({ type, text }) => (type === 'text' && text?.trim() ? [text.trim()] : []))
}

/** A message with the estimate of its tokens. */
export function measure({ role, content }: Said): MeasuredMessage {
  const tokens = content.map((block) =>
    isAttachment(block) ? attachmentTokens(block.attachment) : estimateTokens(JSON.stringify(block)),
  )
  return { role, content, tokens: tokens.reduce((sum, count) => sum + count, 0) }
}

/** How much of a job that somebody replied to is remembered with the reply, in UTF-16 units: the job itself stands elsewhere. */
const REPLIED_JOB = 300
const repliedJob = /(<in_reply_to job=[^\n]*>\n)([\s\S]*?)(\n<\/in_reply_to>)/g

/** What somebody said, with a job that they replied to cut short: its words are not theirs. */
function withoutResults(words: string): string {
  return words.replace(repliedJob, (whole, opening: string, text: string, closing: string) => {
    if (text.length <= REPLIED_JOB) return whole
    const mark = text.includes(FROM_WEB) ? `\n${FROM_WEB}` : ''
    return `${opening}${text.slice(0, REPLIED_JOB).toWellFormed()}…${mark}${closing}`
  })
}

/** What was said in words, each line with its speaker and of at most `most` UTF-16 units. Tool calls and files are left out. */
export function linesOf<Stored extends StoredMessage>(messages: Stored[], most = Infinity): (Stored & { line: string })[] {
  return messages.flatMap((message) => {
    const words = withoutResults(textsOf(message as Said).join('\n\n')) // stored by this module
    const shown = words.length > most ? `${words.slice(0, most).toWellFormed()}…` : words
    return shown ? [{ ...message, line: `${message.role === 'user' ? 'Person' : 'Remy'}: ${shown}` }] : []
  })
}

/** How much of the recent conversation a job gets to know, in UTF-16 units. */
const RECENT_WORDS = 12_000

/** The end of what the current conversation of a chat says, for a job that should know its person. */
export async function recentWords(db: Database, chatId: number): Promise<string> {
  const { summary, turns } = await db.messages.history(chatId, Number.MAX_SAFE_INTEGER, HISTORY_TOKENS)
  const lines = linesOf(turns.flatMap(({ messages }) => messages)).map(({ line }) => line)
  if (summary) lines.unshift(`What was said before, in short: ${summary}`)
  return lines.join('\n\n').slice(-RECENT_WORDS).toWellFormed()
}

/** What was said with a person since a time, ISO 8601 UTC. */
export async function wordsSince(db: Database, userId: number, since: string): Promise<{ at: string; text: string }[]> {
  const lines = linesOf(await db.messages.since(userId, since))
  return lines.map(({ createdAt: at, line: text }) => ({ at, text }))
}
