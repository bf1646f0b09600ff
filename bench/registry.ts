import Sqlite from 'better-sqlite3'
import { openDatabase } from '../db/open.ts'

/** Whose jobs are half of all; the others share the rest. */
export const OWNER = 41

/** What stands in every job's topic, and what stands in ten of the owner's, however many there are. */
export const COMMON_WORD = 'question'
export const RARE_WORD = 'zanzibar'

const numbers = 'WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < $count)'
const owner = `iif(i % 2 = 0, ${OWNER}, 1000 + i % 999)`
const at = (seconds: number) => `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', (($count - i) * -20 - 3600 + ${seconds}) || ' seconds')`
const words = `'${COMMON_WORD} number ' || i || ' about moving to ' || iif(i % ($count / 10) = 0, '${RARE_WORD}', 'town' || (i % 5000))`

const fills = [
  `${numbers} INSERT INTO background_jobs (user_id, job_type, status, input_text, result_text, created_at, started_at, completed_at)
    SELECT ${owner}, iif(i % 3 = 0, 'board', 'research'), iif(i % 20 = 7, 'failed', 'done'), ${words},
      'What was found on ${COMMON_WORD} ' || i || ': ' || replace(hex(zeroblob(12)), '00', 'a fact that somebody may look for, '),
      ${at(0)}, ${at(1)}, ${at(60)} FROM n`,
  `${numbers} INSERT INTO messages (chat_id, user_id, turn, ordinal, role, content, tokens, created_at)
    SELECT ${owner}, ${owner}, (i + 3) / 4, i % 4, iif(i % 2 = 0, 'user', 'assistant'),
      json_array(json_object('type', 'text', 'text', 'Words that were said, the ' || i || 'th of them.')), 20, ${at(0)} FROM n`,
  `${numbers} INSERT INTO deliveries (chat_id, job_id, purpose, payload, state, attempts, message_id, created_at, sent_at)
    SELECT ${owner}, i, 'outcome', json_object('text', 'What came out of it, the ' || i || 'th of them.'), 'sent', 1, i,
      ${at(60)}, ${at(61)} FROM n`,
]

/** Makes a database with that many finished jobs (a multiple of 20), as many messages and as many deliveries, all sent. */
export async function fillRegistry(file: string, count: number): Promise<void> {
  await (await openDatabase(file)).close()
  const sqlite = new Sqlite(file)
  for (const pragma of ['synchronous = OFF', 'cache_size = -400000']) sqlite.pragma(pragma) // nobody loses anything by a crash here
  sqlite.transaction(() => {
    for (const fill of fills) sqlite.prepare(fill).run({ count })
  })()
  sqlite.pragma('wal_checkpoint(TRUNCATE)')
  sqlite.close()
}
