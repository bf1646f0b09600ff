import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'

/** The database cannot be used as it is. The message is one sentence for operators that names the file, and one what to do. */
export class DatabaseRefused extends Error {
  readonly what: string

  constructor(file: string, what: string, remedy: string, cause?: unknown) {
    super(`${file} ${what}. ${remedy}`, { cause })
    this.name = 'DatabaseRefused'
    this.what = what
  }
}

/** The database takes no writes for now (another writer, a full disk, a fault of the disk): worth waiting for. */
export function isPassing(error: unknown): boolean {
  return hasCode(error, /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|NOMEM|PROTOCOL)/)
}

/** Somebody beside us is writing. */
export function isBusy(error: unknown): boolean {
  return hasCode(error, /^SQLITE_BUSY/)
}

/** The file was deleted or replaced while it was open: SQLite would go on writing into what nobody will ever find. */
export class DatabaseGone extends Error {
  readonly code = 'SQLITE_GONE'

  constructor(path: string) {
    super(`${path} was deleted or replaced while the service had it open`)
    this.name = 'DatabaseGone'
  }
}

/** What the file says can no longer be trusted: nothing is to be read from it or written to it any more. */
export function isUntrusted(error: unknown): boolean {
  return hasCode(error, /^SQLITE_(CORRUPT|NOTADB|GONE)/)
}

/** Does `work` again every second as long as the database takes no writes, until the signal aborts. */
export async function whenWritable<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isPassing(error)) throw error
      await sleep(1_000, undefined, { signal })
    }
  }
}

/** How long a boot waits for a writer beside it. */
const BOOT_PATIENCE_MS = 30_000

/** For a boot: somebody beside us may hold the file for a moment, such as a sqlite3 shell. */
export async function whenFree<T>(work: () => Promise<T>): Promise<T> {
  const patience = AbortSignal.timeout(BOOT_PATIENCE_MS)
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error) || patience.aborted) throw error
      await sleep(250)
    }
  }
}

/** What keeps the service from starting, as a refusal; anything else is given back as it is. */
export function toRefusal(file: string, error: unknown): unknown {
  if (isUntrusted(error) || hasCode(error, /^SQLITE_ERROR/)) {
    return new DatabaseRefused(file, `is damaged (${messageOf(error)})`, RESTORE, error)
  }
  if (isBusy(error)) {
    return new DatabaseRefused(file, 'is being written by another program', 'End that program, then start again.', error)
  }
  if (hasCode(error, /^(SQLITE_FULL|ENOSPC|EDQUOT)/)) {
    return new DatabaseRefused(file, 'has no room: its disk is full', 'Make room, then start again.', error)
  }
  if (hasCode(error, /^(SQLITE_(READONLY|CANTOPEN|IOERR|PERM)|EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EEXIST|EISDIR|EIO)/)) {
    const remedy = 'Let the user of the service write the file and its folder, or name another file in DATABASE_URL.'
    return new DatabaseRefused(file, `cannot be written (${codeOf(error)})`, remedy, error)
  }
  return error
}

/** What to do about a file that is not whole. */
export const RESTORE = 'Put a backup in its place; Remy begins no new database over it.'

function hasCode(error: unknown, pattern: RegExp): boolean {
  return pattern.test(codeOf(error))
}

function codeOf(error: unknown): string {
  return error instanceof Sqlite.SqliteError || (error instanceof Error && 'code' in error) ? String(error.code) : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
