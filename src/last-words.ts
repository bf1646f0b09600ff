import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/open.ts'

const LAST_WORDS = 'last_words'
/** Who ends by an error has no time to lose: what it did last is not to be trusted. */
const PATIENCE_MS = 300
const MOST_LENGTH = 200

/** Notes by which error a process ends, for its owner, as far as the database takes it at once. Never throws. */
export async function noteLastWords(db: Pick<Database, 'settings'>, bootId: string, words: string): Promise<void> {
  const said = words.replace(/\s+/g, ' ').slice(0, MOST_LENGTH)
  const noted = db.settings.set(LAST_WORDS, JSON.stringify({ bootId, said }))
  await Promise.race([noted, sleep(PATIENCE_MS)]).catch(() => {})
}

/** What a process has noted so, if it did. */
export async function lastWordsOf(db: Pick<Database, 'settings'>, bootId: string): Promise<string | undefined> {
  const noted = JSON.parse((await db.settings.get(LAST_WORDS)) ?? '{}') as { bootId?: string; said?: string } // as written above
  return noted.bootId === bootId ? noted.said : undefined
}
