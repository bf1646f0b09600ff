import type { History, MeasuredMessage, StoredMessage } from '../../db/messages.ts'
import type { Database } from '../../db/open.ts'
import { attachmentTokens, isAttachment, type Said } from './attachments.ts'
import { estimateTokens } from './tokens.ts'

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

/** What was said in words, each with its speaker. Tool calls and files are left out. */
export function spoken<Stored extends StoredMessage>(messages: Stored[]): (Stored & { text: string })[] {
  return messages.flatMap((message) => {
    const text = textsOf(message as Said).join('\n\n') // stored by this module
    return text ? [{ ...message, text }] : []
  })
}

/** How much of the recent conversation a job gets to know, in UTF-16 units. */
const RECENT_WORDS = 12_000

/** What the current conversation of a chat says, for a job that should know its person: at most `most` UTF-16 units of its end. */
export async function recentWords(db: Database, chatId: number, most = RECENT_WORDS): Promise<string> {
  const { summary, turns } = await db.messages.history(chatId, Number.MAX_SAFE_INTEGER, HISTORY_TOKENS)
  const lines = spoken(turns.flatMap(({ messages }) => messages)).map(({ role, text }) => `${nameOf(role)}: ${text}`)
  return [...(summary ? [`What was said before, in short: ${summary}`] : []), ...lines].join('\n\n').slice(-most).toWellFormed()
}

export function nameOf(role: StoredMessage['role']): string {
  return role === 'user' ? 'Person' : 'Remy'
}
