import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../db/open.ts'

const LAST_WORDS = 'last_words'
/** Who ends by an error has no time to lose: what it did last is not to be trusted. */
const PATIENCE_MS = 300

type Settings = Pick<Database, 'settings'>

/** Notes by which error a process ends, for its owner, as far as the database takes it at once. Never rejects. */
export async function noteLastWords(db: Settings, bootId: string, error: unknown): Promise<void> {
  const noted = db.settings.set(LAST_WORDS, JSON.stringify({ bootId, said: wordsOf(error) }))
  await Promise.race([noted, sleep(PATIENCE_MS)]).catch(() => {})
}

/** What a process has noted so, if it did: `TypeError at src/jobs/runner.ts:91`. */
export async function lastWordsOf(db: Settings, bootId: string): Promise<string | undefined> {
  const noted = JSON.parse((await db.settings.get(LAST_WORDS)) ?? '{}') as { bootId?: string; said?: string } // as written above
  return noted.bootId === bootId ? noted.said : undefined
}

/** Its name, and the place in our code. Its message stays in the log: that may quote what a person wrote. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error'
  const own = error.stack?.split('\n').filter((line) => /^\s+at /.test(line) && !line.includes('node_modules')) ?? []
  const place = /\/((?:src|db|routes|dist)\/[\w./-]+:\d+(?::\d+)?)/.exec(own.join('\n'))?.[1]
  return place ? `${error.name} at ${place}` : error.name
}
