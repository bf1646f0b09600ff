import { readFileSync } from 'node:fs'
import type { StoredMessage } from '../../db/messages.ts'
import type { Database } from '../../db/open.ts'
import { Failure } from '../failure.ts'
import type { LocalTime } from '../local-time.ts'
import { type Block, type Claude, type Message, readText } from './claude.ts'
import { estimateTokens } from './tokens.ts'
import type { Tool, ToolContext } from './tool.ts'

/** How much of the conversation goes along with a turn, in estimated tokens, and how many times tools may be called for it. */
const HISTORY_TOKENS = 30_000
const TOOL_ROUNDS = 8
const MAX_TOKENS = 8_000

const SYSTEM = readFileSync(new URL('./remy.md', import.meta.url), 'utf8')

interface Parts {
  claude: Claude
  model: string
  db: Database
  tools: readonly Tool[]
  localTime: LocalTime
}

export interface TurnRequest {
  chatId: number
  userId: number
  /** The turn's place in the order of arrival. */
  turn: number
  text: string
}

/** What a turn gave: the answer for the person, and the messages to be stored with it. */
export interface TurnAnswer {
  text: string
  messages: (StoredMessage & { tokens: number })[]
}

/** A chat turn: history in, tool loop, answer out. Writes nothing; who called it stores and sends in one transaction. */
export function createConversation({ claude, model, db, tools, localTime }: Parts) {
  const definitions = tools.map((tool) => tool.definition)

  async function ask(history: Message[], said: Message[], round: number, signal: AbortSignal) {
    return claude.complete(
      {
        model,
        system: SYSTEM,
        tools: definitions,
        toolChoice: round < TOOL_ROUNDS ? 'auto' : 'none',
        messages: withCacheMark([...history, ...said]),
        maxTokens: MAX_TOKENS,
      },
      { lane: 'chat', signal },
    )
  }

  async function callTools(content: Block[], context: ToolContext): Promise<Message> {
    const calls = content.filter((block) => block.type === 'tool_use')
    const results = await Promise.all(
      calls.map(async ({ id, name, input }) => {
        const tool = tools.find(({ definition }) => definition.name === name)
        const { content, isError } = (await tool?.call(input, context)) ?? {
          content: `There is no tool ${name}.`,
          isError: true,
        }
        return { type: 'tool_result' as const, tool_use_id: id, content, ...(isError && { is_error: true }) }
      }),
    )
    return { role: 'user', content: results }
  }

  function inWords(text: string): Message {
    return { role: 'assistant', content: [{ type: 'text', text }] }
  }

  return {
    /** Answers one turn. A failure of Claude's becomes an answer that says so, and is remembered as one. */
    async answer({ chatId, userId, turn, text }: TurnRequest, signal: AbortSignal): Promise<TurnAnswer> {
      const history = (await db.messages.history(chatId, turn, HISTORY_TOKENS)) as Message[] // stored by this function
      const said: Message[] = [{ role: 'user', content: [{ type: 'text', text: `[${localTime.long()}]\n${text}` }] }]
      const words: string[] = []
      try {
        for (let round = 0; ; round++) {
          const { content, stopReason } = await ask(history, said, round, signal)
          if (stopReason !== 'tool_use' || !content.some(({ type }) => type === 'tool_use')) {
            const answer = readText({ content, stopReason })
            words.push(answer)
            said.push(inWords(answer))
            break
          }
          if (round >= TOOL_ROUNDS) throw new Failure('Claude did not come to an end')
          words.push(...content.flatMap((block) => (block.type === 'text' && block.text.trim() ? [block.text.trim()] : [])))
          said.push(
            { role: 'assistant', content: content.filter(hasContent).map(toParam) },
            await callTools(content, { userId, db }),
          )
        }
      } catch (error) {
        if (signal.aborted || !(error instanceof Failure)) throw error
        const apology = `Sorry, I could not answer that: ${error.message}. Please try again in a little while.`
        words.push(apology)
        said.splice(1, said.length, inWords(apology)) // what Claude may have stumbled over is not sent to it again
      }
      return { text: words.join('\n\n'), messages: said.map(toStored) }
    },
  }
}

export type Conversation = ReturnType<typeof createConversation>

/** Marks the end of what is sent, so that the next turn reads all of it from the prompt cache. */
function withCacheMark(messages: Message[]): Message[] {
  const last = messages.at(-1)
  if (!last) return messages
  const content = last.content.map((block, index, all) =>
    index === all.length - 1 && (block.type === 'text' || block.type === 'tool_result')
      ? { ...block, cache_control: { type: 'ephemeral' as const } }
      : block,
  )
  return [...messages.slice(0, -1), { ...last, content }]
}

/** The API gives blank text blocks at times, and takes none back. */
function hasContent(block: Block): boolean {
  return block.type !== 'text' || block.text.trim() !== ''
}

/** An answer's block as the API takes it back. */
function toParam(block: Block) {
  if (block.type === 'text') return { type: 'text' as const, text: block.text }
  if (block.type === 'tool_use') return { type: 'tool_use' as const, id: block.id, name: block.name, input: block.input }
  return block
}

function toStored({ role, content }: Message) {
  return { role, content, tokens: estimateTokens(JSON.stringify(content)) }
}

/** What was said in words, oldest first and at most `most` UTF-16 units of its end: for a job that should know the person. */
export function transcript(messages: StoredMessage[], most: number): string {
  const lines = messages.flatMap(({ role, content }) =>
    content.flatMap((block) => {
      const { type, text } = block as { type: string; text?: string } // Claude's blocks, of which only words are read
      return type === 'text' && text ? [`${role === 'user' ? 'Person' : 'Remy'}: ${text}`] : []
    }),
  )
  return lines.join('\n\n').slice(-most).toWellFormed()
}

/** How much of the recent conversation a job gets to know, in UTF-16 units. */
const RECENT_WORDS = 12_000

/** What the current conversation of a chat says, for a job that should know its person. */
export async function recentWords(db: Database, chatId: number): Promise<string> {
  return transcript(await db.messages.history(chatId, Number.MAX_SAFE_INTEGER, HISTORY_TOKENS), RECENT_WORDS)
}
