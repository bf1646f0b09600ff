import { readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { roomFor } from './copies.ts'
import { migrations } from './migrations/index.ts'
import type { Schema } from './schema.ts'
import { DatabaseRefused } from './storage-errors.ts'

/** How many copies from before a migration are kept. */
const COPIES = 2

/**
 * Brings a database to the schema of this code, in one transaction. A file that holds something is copied first, to
 * `<file>.before-<number of the last migration>`. Migrations of a newer Remy that this code can live with are let be.
 */
export async function migrate(db: Kysely<Schema>, sqlite: Sqlite.Database, file: string): Promise<void> {
  const done = doneIn(sqlite)
  const names = Object.keys(migrations)
  const missing = names.filter((name) => !done.includes(name))
  if (missing.length === 0) return
  const unknown = done.filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    const what = `has another history than this Remy knows (${unknown.join(', ')})`
    throw new DatabaseRefused(file, what, 'Start the version that wrote it, or put a backup in its place.')
  }
  if (done.length > 0) await copyBefore(sqlite, file, missing.at(-1) ?? '')
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest()
  if (error) throw error
  if (done.length > 0) sqlite.exec('VACUUM') // earlier versions left what they removed in free pages
}

function doneIn(sqlite: Sqlite.Database): string[] {
  const table = sqlite.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'kysely_migration'").get()
  if (!table) return []
  const rows = sqlite.prepare('SELECT name FROM kysely_migration ORDER BY name').all() as { name: string }[] // the column asked for
  return rows.map(({ name }) => name)
}

/** A copy under its name is whole: it gets the name last. */
async function copyBefore(sqlite: Sqlite.Database, file: string, migration: string): Promise<void> {
  const folder = dirname(file)
  const { needed, free } = roomFor(file, folder)
  // The copy, and as much again for what the migration writes.
  if (free < 2 * needed) {
    throw new DatabaseRefused(
      file,
      'has no room for the copy that is made before it is migrated',
      'Make room, then start again.',
    )
  }
  const copy = `${file}.before-${migration.split('-')[0]}`
  for (const ending of ['', '-journal']) rmSync(`${copy}.partial${ending}`, { force: true }) // of a boot that was cut off
  await sqlite.backup(`${copy}.partial`)
  renameSync(`${copy}.partial`, copy)
  const copies = readdirSync(folder).filter(
    (name) => name.startsWith(`${basename(file)}.before-`) && !name.endsWith('.partial'),
  )
  for (const old of copies.toSorted().slice(0, -COPIES)) rmSync(join(folder, old))
}
