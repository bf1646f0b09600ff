import Sqlite from 'better-sqlite3'
import { checkIdentity, inspectFile } from './inspect.ts'
import { DatabaseRefused } from './storage-errors.ts'

/**
 * The whole check of a database file, which reads all of it; beside a running service too. Changes nothing.
 * @returns what is wrong, a line each; empty when it is whole.
 * @throws {DatabaseRefused} when it is no database of Remy's at all.
 */
export function checkDatabase(file: string): string[] {
  if (!inspectFile(file, 'r')) throw new DatabaseRefused(file, 'is not there', 'The service makes it when it starts.')
  const sqlite = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    checkIdentity(file, (name) => sqlite.pragma(name, { simple: true }))
    return problemsIn(sqlite)
  } finally {
    sqlite.close()
  }
}

/** What is wrong with an open database of Remy's, a line each. Reads all of it. */
export function problemsIn(sqlite: Sqlite.Database): string[] {
  const found = sqlite.pragma('integrity_check') as { integrity_check: string }[] // as documented: 'ok', or what is wrong
  const dangling = sqlite.pragma('foreign_key_check') as { table: string; rowid: number; parent: string }[] // likewise
  return [
    ...found.map(({ integrity_check }) => integrity_check).filter((line) => line !== 'ok'),
    ...dangling.map(({ table, rowid, parent }) => `row ${rowid} of ${table} names a row of ${parent} that is not there`),
  ]
}
