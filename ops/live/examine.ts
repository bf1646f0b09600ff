import type { Config } from '../../src/config.ts'
import type { Api } from '../../src/telegram/api.ts'
import { createMessages } from '../doctor/messages.ts'
import { tryAll } from './assumption.ts'
import { claudeAssumptions, createClaudeContext } from './claude.ts'
import { searchAssumptions } from './search.ts'
import { createChat, telegramAssumptions } from './telegram.ts'

const PACE_MS = 1_000

interface Options {
  api: Api
  chatId: number
  claude: Config['claude']
  print: (line: string) => void
  paceMs?: number
}

/**
 * Tries on both APIs, whichever are configured, what the stand-ins assume. Deletes what it wrote, also when it is
 * interrupted. Returns how many assumptions do not hold.
 */
export async function examineLive({ api, chatId, claude, print, paceMs = PACE_MS }: Options): Promise<number> {
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort()
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const options = { print, signal: interrupted.signal, paceMs }

  print(`Telegram, in chat ${chatId}:`)
  const chat = createChat(api, chatId)
  let broken = await tryAll(telegramAssumptions, { context: chat, ...options }).finally(async () => {
    const left = await chat.cleanUp()
    if (left > 0) print(`– ${left} of the messages could not be deleted again.`)
  })

  print('')
  print(`Claude, as ${claude.chatModel} and, for the search, ${claude.jobModel}:`)
  const context = createClaudeContext(createMessages(claude), claude)
  broken += await tryAll([...claudeAssumptions, ...searchAssumptions], { context, ...options })
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  print('')
  if (interrupted.signal.aborted) print('Interrupted: the rest was not tried.')
  else
    print(
      broken === 0 ? 'All assumptions hold.' : `Assumptions that do not hold, and want mending in the stand-ins: ${broken}.`,
    )
  return interrupted.signal.aborted ? Math.max(1, broken) : broken
}
