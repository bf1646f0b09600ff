import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { problemsIn } from './check.ts'
import { roomFor } from './copies.ts'
import { checkIdentity, inspectFile } from './inspect.ts'
import { DatabaseRefused } from './storage-errors.ts'

/** A backup is not begun with less room than this many times what there is to copy: the service needs some as well. */
const ROOM = 1.2

/** What a backup holds. */
export interface Backup {
  bytes: number
  /** Rows by table. */
  rows: ReadonlyMap<string, number>
}

/**
 * Copies the database as it is at this moment, beside the running service, to `to`. The copy has its name last: what bears
 * it is whole, verified, and on the disk. It is one file, without a log beside it.
 * @throws {DatabaseRefused} where `from` is not a database of Remy's, `to` is there already, there is no room, or the copy is not whole.
 */
export async function backUp(from: string, to: string): Promise<Backup> {
  if (existsSync(to)) throw new DatabaseRefused(to, 'is there already', 'Name another file; a backup overwrites nothing.')
  if (!inspectFile(from, 'r')) throw new DatabaseRefused(from, 'is not there', 'The service makes it when it starts.')
  checkRoom(from, dirname(to))
  const partial = `${to}.partial`
  try {
    const rows = await copy(from, partial)
    verify(from, partial, rows)
    sync(partial)
    renameSync(partial, to)
    sync(dirname(to)) // the new name outlasts a power cut too
    return { bytes: statSync(to).size, rows }
  } finally {
    removePartial(partial)
  }
}

/** Copies one database to a file of its own without a log, replacing what a copy that was cut off has left. Returns the rows by table. */
export async function copy(from: string, partial: string): Promise<Map<string, number>> {
  removePartial(partial)
  const source = new Sqlite(from, { readonly: true, fileMustExist: true })
  try {
    checkIdentity(from, (name) => source.pragma(name, { simple: true }))
    // The copy is of one moment, and of what is written meanwhile nothing makes it begin anew: writers do not wait for a reader.
    source.exec('BEGIN')
    const rows = rowsIn(source)
    await source.backup(partial) // a hundred pages at a time
    const target = new Sqlite(partial, { fileMustExist: true })
    try {
      target.pragma('synchronous = FULL')
      target.pragma('journal_mode = DELETE')
    } finally {
      target.close()
    }
    return rows
  } finally {
    source.close()
  }
}

export function removePartial(partial: string): void {
  for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(partial + ending, { force: true })
}

/** Makes sure that a file, or the names in a folder, outlast a power cut. */
export function sync(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function checkRoom(from: string, folder: string): void {
  if (!existsSync(folder)) throw new DatabaseRefused(folder, 'is not there', 'Make the folder first, or name another.')
  const { needed, free } = roomFor(from, folder)
  if (free >= ROOM * needed) return
  const what = `has no room for a backup (${free} bytes are free, ${Math.ceil(ROOM * needed)} are needed)`
  throw new DatabaseRefused(folder, what, 'Make room, or name a file on another disk.')
}

function verify(from: string, partial: string, expected: ReadonlyMap<string, number>): void {
  const sqlite = new Sqlite(partial, { readonly: true, fileMustExist: true })
  try {
    checkIdentity(partial, (name) => sqlite.pragma(name, { simple: true }))
    const rows = rowsIn(sqlite)
    const missing = [...expected].filter(([name, count]) => rows.get(name) !== count).map(([name]) => `${name} lacks rows`)
    const problems = [...problemsIn(sqlite), ...missing]
    if (problems.length === 0) return
    const remedy = 'No backup was made. npm run db:check tells whether the database itself is whole.'
    throw new DatabaseRefused(from, `could not be copied whole (${problems[0]})`, remedy)
  } finally {
    sqlite.close()
  }
}

function rowsIn(sqlite: Sqlite.Database): Map<string, number> {
  const tables = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
  const names = sqlite.prepare(tables).pluck().all() as string[] // the column asked for
  return new Map(names.map((name) => [name, sqlite.prepare(`SELECT count(*) FROM "${name}"`).pluck().get() as number]))
}
