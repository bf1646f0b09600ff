import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { expect, test } from 'vitest'
import { migrations } from '../db/migrations/index.ts'
import { ada, build, type House, spawnServer } from './build.ts'

const names = Object.keys(migrations)

/** A database as an earlier version left it, with a job that was running and a result that was not yet sent. */
async function leaveBehind(house: House, upTo: number) {
  mkdirSync(dirname(house.file), { recursive: true })
  const sqlite = new Sqlite(house.file)
  sqlite.pragma('journal_mode = WAL')
  const known = Object.fromEntries(names.slice(0, upTo).map((name) => [name, migrations[name]])) as typeof migrations
  const db = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) })
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => known } }).migrateToLatest()
  expect(error).toBeUndefined()
  sqlite.exec(`
    INSERT INTO background_jobs (user_id, job_type, status, input_text, result_text, completed_at) VALUES (41, 'board', 'done', 'one', 'The result of old.', '2026-01-01T00:00:00.000Z');
    INSERT INTO background_jobs (user_id, job_type, status, input_text) VALUES (41, 'board', 'running', 'two');
    INSERT INTO deliveries (chat_id, job_id, purpose, payload) VALUES (41, 1, 'outcome', '{"text":"The result of old."}');
    INSERT INTO messages (chat_id, user_id, turn, ordinal, role, content) VALUES (41, 41, 1, 0, 'user', '[]');
  `)
  await db.destroy()
}

test.each(names.map((name, index) => [name, index + 1] as const))(
  'a database of %s is migrated after a copy was made, and goes on where it stopped',
  async (_name, version) => {
    await using house = await build({ asleep: true })
    await leaveBehind(house, version)
    await house.boot()
    await house.heard(ada, 'The result of old.')
    await house.heard(ada, '⚠️ #2 board: interrupted by restart')
    await house.delivered()
    expect(house.rows('SELECT name FROM kysely_migration')).toHaveLength(names.length)
    expect(house.rows('PRAGMA foreign_key_check')).toEqual([])
    const last = names.at(-1)?.split('-')[0]
    const copies = readdirSync(dirname(house.file)).filter((name) => name.includes('.before-'))
    expect(copies).toEqual(version === names.length ? [] : [`remy.db.before-${last}`])
    const [copy] = copies
    if (!copy) return
    const before = new Sqlite(`${house.file}.before-${last}`, { readonly: true })
    expect(before.prepare('SELECT count(*) FROM kysely_migration').pluck().get()).toBe(version)
    expect(before.prepare('SELECT status FROM background_jobs WHERE id = 2').pluck().get()).toBe('running')
    before.close()
  },
)

test('the last two copies are kept', async () => {
  await using house = await build({ asleep: true })
  await leaveBehind(house, 1)
  for (const old of ['0001', '0002']) new Sqlite(`${house.file}.before-${old}`).exec('CREATE TABLE t (a)').close()
  await house.boot()
  expect(['0001', '0002', '0003'].map((version) => existsSync(`${house.file}.before-${version}`))).toEqual([false, true, true])
})

test('a newer schema that this code can live with is let be; one that it cannot is refused', async () => {
  await using house = await build()
  await house.kill()
  const db = new Sqlite(house.file)
  db.exec("INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-more', '2027-01-01T00:00:00.000Z')")
  await house.boot()
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  await house.kill()
  db.pragma('user_version = 9999')
  db.close()
  const log: string[] = []
  expect(await spawnServer(house.env, process.cwd(), log).ended).toBe(1)
  expect(log.join('\n')).toContain(`${house.file} was written by a newer Remy (schema 9999, and this one knows 3).`)
})
