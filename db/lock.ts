import Sqlite from 'better-sqlite3'

/** Another process holds the database. `holder` says who, as far as the `boots` table knows. */
export class DatabaseLocked extends Error {
  constructor(file: string, holder: string) {
    super(`${file} is in use by another Remy (${holder}). One process owns the file; stop that one first.`)
    this.name = 'DatabaseLocked'
  }
}

/**
 * Takes `<file>.lock` for the life of this process: a database of its own, so that the real one stays open to the
 * sqlite3 shell. The operating system frees it at any end of the process, SIGKILL included.
 * @returns the release, or undefined when another process holds it.
 */
export function takeLock(file: string): (() => void) | undefined {
  const lock = new Sqlite(`${file}.lock`, { timeout: 0 })
  try {
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE; COMMIT')
    return () => lock.close()
  } catch (error) {
    lock.close()
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined
    throw error
  }
}

/** Who the last boot written in `file` was. Reads beside the holder and never fails: it only completes a sentence. */
export function describeHolder(file: string): string {
  try {
    const db = new Sqlite(file, { readonly: true, fileMustExist: true })
    const row = db.prepare('SELECT pid, host, started_at FROM boots ORDER BY started_at DESC LIMIT 1').get()
    db.close()
    const { pid, host, started_at } = row as { pid: number; host: string; started_at: string } // the columns of the line above
    return `process ${pid} on ${host}, started ${started_at}`
  } catch {
    return 'which has not yet written its name'
  }
}
