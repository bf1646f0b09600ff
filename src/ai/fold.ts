import { readFileSync } from 'node:fs'
import type { FastifyBaseLogger } from 'fastify'
import type { StoredTurn } from '../../db/messages.ts'
import type { Database } from '../../db/open.ts'
import { readAnswer } from './answer.ts'
import type { Claude } from './claude.ts'
import { HISTORY_TOKENS, linesOf } from './history.ts'
import { estimateTokens } from './tokens.ts'

/** More turns or more tokens than this are folded, down to those; the newest few stay as they were in any case. */
const FOLD_ABOVE = { turns: 40, tokens: 6_000 }
const FOLD_TO = { turns: 36, tokens: 5_400 }
const NEVER_FOLDED = 4
const MAX_TOKENS = 1_000
/** A single message is given to the summary up to this length, in UTF-16 units; all of it stays on disk. */
const LONGEST_MESSAGE = 6_000

const SYSTEM = readFileSync(new URL('./fold.md', import.meta.url), 'utf8')

interface Parts {
  claude: Claude
  model: string
  db: Database
  log: FastifyBaseLogger
}

/**
 * Keeps what is sent along with a turn bounded for ever: past a size, the older turns of a chat become part of its running
 * summary. That happens beside the conversation; a fold that fails or is cut off is made up for after the next turn.
 */
export function createFolding({ claude, model, db, log }: Parts) {
  const folds = new Map<number, { work: Promise<void>; stop: AbortController }>()
  const closing = new AbortController()

  async function fold(chatId: number, signal: AbortSignal): Promise<void> {
    const { summary, turns } = await db.messages.history(chatId, Number.MAX_SAFE_INTEGER, HISTORY_TOKENS)
    const folded = turns.slice(0, turns.length - keptOf(turns))
    const last = folded.at(-1)
    if (!last) return
    const lines = linesOf(
      folded.flatMap(({ messages }) => messages),
      LONGEST_MESSAGE,
    ).map(({ line }) => line)
    const user = `<summary>\n${summary ?? '(none yet)'}\n</summary>\n\n<turns>\n${lines.join('\n\n')}\n</turns>`
    const answer = await claude.complete(
      { model, system: SYSTEM, messages: [{ role: 'user', content: [{ type: 'text', text: user }] }], maxTokens: MAX_TOKENS },
      // A private chat has the id of its person.
      { lane: 'job', account: { userId: chatId, kind: 'chat' }, signal },
    )
    const { text } = readAnswer(answer)
    signal.throwIfAborted()
    await db.messages.addSummary(chatId, last.turn, text, estimateTokens(text))
    log.info({ turns: folded.length }, 'Older turns of a chat were folded')
  }

  return {
    /** Looks, after a turn, whether its chat has grown past the size. Returns at once. */
    afterTurn(chatId: number): void {
      if (folds.has(chatId) || closing.signal.aborted) return
      const stop = new AbortController()
      const signal = AbortSignal.any([closing.signal, stop.signal])
      const work = fold(chatId, signal)
        .catch((err) => {
          if (!signal.aborted) log.warn({ err }, 'Older turns of a chat could not be folded yet')
        })
        .finally(() => folds.delete(chatId))
      folds.set(chatId, { work, stop })
    },

    /** Whether a fold is under way. */
    get isUnderWay(): boolean {
      return folds.size > 0
    },

    /** Ends a fold of this chat, and returns when nothing of it is under way. */
    async drop(chatId: number): Promise<void> {
      const current = folds.get(chatId)
      current?.stop.abort(new Error('What would be folded is to be removed'))
      await current?.work
    },

    async close(): Promise<void> {
      closing.abort(new Error('The service is closing'))
      await Promise.all([...folds.values()].map(({ work }) => work))
    },
  }
}

export type Folding = ReturnType<typeof createFolding>

/** How many of these turns stay as they are. */
function keptOf(turns: StoredTurn[]): number {
  const total = turns.reduce((sum, { tokens }) => sum + tokens, 0)
  if (turns.length <= FOLD_ABOVE.turns && total <= FOLD_ABOVE.tokens) return turns.length
  let spent = 0
  const fitting = turns.toReversed().findIndex(({ tokens }, index) => {
    spent += tokens
    return index >= NEVER_FOLDED && (index >= FOLD_TO.turns || spent > FOLD_TO.tokens)
  })
  return fitting === -1 ? turns.length : fitting
}
