import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from '../db/migrations/index.ts'

/** The names of all migrations, in order. */
export const names = Object.keys(migrations)

/**
 * A database as the version with only the first `upTo` migrations left it: with a result that was not yet sent (#1), and a
 * job that was running (#2).
 */
export async function leaveBehind(file: string, upTo: number): Promise<void> {
  mkdirSync(dirname(file), { recursive: true })
  const sqlite = new Sqlite(file)
  sqlite.pragma('journal_mode = WAL')
  const known = Object.fromEntries(names.slice(0, upTo).map((name) => [name, migrations[name]])) as typeof migrations
  const db = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) })
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => known } }).migrateToLatest()
  if (error) throw error
  sqlite.exec(`
    INSERT INTO background_jobs (user_id, job_type, input_text, chat_id) VALUES (41, 'board', 'one', 41), (41, 'board', 'two', 41);
    UPDATE background_jobs SET status = 'running', started_at = '2026-01-01T00:00:00.000Z';
    UPDATE background_jobs SET status = 'done', result_text = 'The result of old.', completed_at = '2026-01-01T00:00:01.000Z' WHERE id = 1;
    INSERT INTO deliveries (chat_id, job_id, purpose, payload) VALUES (41, 1, 'outcome', '{"text":"The result of old."}');
    INSERT INTO messages (chat_id, user_id, turn, ordinal, role, content) VALUES (41, 41, 1, 0, 'user', '[]');
  `)
  await db.destroy()
}
