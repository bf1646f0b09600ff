import { chownSync, existsSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Sqlite from 'better-sqlite3'
import { copy, removePartial, sync } from './backup.ts'
import { checkDatabase } from './check.ts'
import { type Contents, contentsOf } from './contents.ts'
import { makeFolder } from './folder.ts'
import { checkIdentity, inspectFile } from './inspect.ts'
import { DatabaseRefused, toRefusal } from './storage-errors.ts'

/** What a boot has put in the place of the database. */
export interface Restored {
  /** Where the database now lies that stood there before; null where there was none. */
  replaced: string | null
  copy: Contents
  /** What it held; null where it was not there, or could not be read. */
  before: Contents | null
}

/** Where a backup waits for the next boot. */
const stagedAs = (file: string) => `${file}.restore`

/**
 * Lays a backup beside the database, checked whole, for the next boot to take. The database itself is not touched, so that
 * it works beside the running service. What was laid there before is replaced.
 * @throws {DatabaseRefused} where the backup is not the whole database of a Remy that this code knows, or cannot be laid there.
 */
export async function stageRestore(backup: string, file: string): Promise<Contents> {
  if (resolve(backup) === resolve(file)) {
    throw new DatabaseRefused(backup, 'is the database itself', 'Name a backup of it.')
  }
  checkBackup(backup)
  try {
    makeFolder(dirname(file))
    await lay(backup, file)
    return readContents(stagedAs(file))
  } catch (error) {
    throw toRefusal(stagedAs(file), error)
  }
}

/** It has its name last: what bears it is on the disk. */
async function lay(backup: string, file: string): Promise<void> {
  const partial = `${stagedAs(file)}.partial`
  try {
    await copy(backup, partial)
    giveTo(partial, statSync(dirname(file)))
    sync(partial)
    renameSync(partial, stagedAs(file))
    sync(dirname(file))
  } finally {
    removePartial(partial)
  }
}

/** Here it is not the database that has to be mended. */
function checkBackup(backup: string): void {
  const refused = (what: string) => new DatabaseRefused(backup, what, 'Nothing was changed: name another backup.')
  try {
    const [problem] = checkDatabase(backup)
    if (problem !== undefined) throw refused(`is not whole (${problem})`)
  } catch (error) {
    const refusal = toRefusal(backup, error)
    throw refusal instanceof DatabaseRefused ? refused(refusal.what.replace('cannot be written', 'cannot be read')) : refusal
  }
}

/** Whoever restores may be root, and the service is not. */
function giveTo(path: string, { uid, gid }: { uid: number; gid: number }): void {
  const own = statSync(path)
  if (own.uid !== uid || own.gid !== gid) chownSync(path, uid, gid)
}

/**
 * Takes what `stageRestore` has laid there, if anything. To be called with the lock held, before the file is looked at. The
 * database that stood there is kept as `<file>.replaced-<time>`. Cut off between any two steps, the next boot goes on.
 * @throws {DatabaseRefused} where what is laid there does not fit this code; nothing is moved then.
 */
export function takeRestore(file: string): Restored | undefined {
  const staged = stagedAs(file)
  if (!existsSync(staged)) return undefined
  checkStaged(staged)
  // What was checkpointed or numbered is no harm when a boot that is cut off here does it again.
  const before = existsSync(file) ? readBefore(file) : null
  const copied = readContents(staged) // as it was made: the numbers that it is given next are not its own
  if (before) continueNumbers(staged, before)

  // The time is that of the staged file, so that a boot that goes on finds the same name.
  const replaced = `${file}.replaced-${statSync(staged)
    .mtime.toISOString()
    .replace(/[-:]|\.\d+/g, '')}`
  // First the file and then its log: without the file nobody reads the log as another's. The staged one comes last.
  move(file, replaced)
  for (const ending of ['-wal', '-journal']) move(file + ending, replaced + ending)
  rmSync(`${file}-shm`, { force: true })
  sync(dirname(file))
  renameSync(staged, file)
  sync(dirname(file))
  const isKept = existsSync(replaced)
  const now = new Date()
  if (isKept) utimesSync(replaced, now, now) // from now on it ages out
  return { replaced: isKept ? replaced : null, copy: copied, before }
}

function checkStaged(staged: string): void {
  try {
    inspectFile(staged)
    const sqlite = new Sqlite(staged, { readonly: true, fileMustExist: true })
    try {
      checkIdentity(staged, (name) => sqlite.pragma(name, { simple: true }))
    } finally {
      sqlite.close()
    }
  } catch (error) {
    if (!(error instanceof DatabaseRefused)) throw error
    const what = `waits to be restored and does not fit: ${error.message.replace(/\.$/, '')}`
    throw new DatabaseRefused(staged, what, 'Or delete it to go on with the present database.')
  }
}

/** Brings the log into the file, where it can be read at all, and tells what it holds. */
function readBefore(file: string): Contents | null {
  try {
    const sqlite = new Sqlite(file, { fileMustExist: true })
    try {
      sqlite.pragma('wal_checkpoint(TRUNCATE)')
      return contentsOf(sqlite)
    } finally {
      sqlite.close()
    }
  } catch {
    return null // it may be why there is a restore
  }
}

/** People have seen these numbers: what is new gets others. */
function continueNumbers(staged: string, { numbers }: Contents): void {
  const sqlite = new Sqlite(staged, { fileMustExist: true })
  try {
    const update = sqlite.prepare('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?')
    const insert = sqlite.prepare('INSERT INTO sqlite_sequence (name, seq) SELECT name, ? FROM sqlite_schema WHERE name = ?')
    sqlite.transaction(() => {
      for (const [table, last] of numbers) if (update.run(last, table).changes === 0) insert.run(last, table)
    })()
  } finally {
    sqlite.close()
  }
}

function readContents(file: string): Contents {
  const sqlite = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    return contentsOf(sqlite)
  } finally {
    sqlite.close()
  }
}

function move(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to)
}
