import { EventEmitter } from 'node:events'
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { CamelCasePlugin, Kysely, sql, type Transaction } from 'kysely'
import { createBoots } from './boots.ts'
import type { DatabaseObserver, Tell } from './changes.ts'
import { createCommitGroups } from './commit-groups.ts'
import { createDeliveries } from './deliveries.ts'
import { deadlockGuard, RemySqliteDialect } from './driver.ts'
import { makeFolder } from './folder.ts'
import { checkIdentity, inspectFile } from './inspect.ts'
import { createJobEvents } from './job-events.ts'
import { createJobs } from './jobs.ts'
import { DatabaseLocked, describeHolder, takeLock } from './lock.ts'
import { createMessages } from './messages.ts'
import { migrate } from './migrate.ts'
import { createModelCalls } from './model-calls.ts'
import { createPeople } from './people.ts'
import { createRefusals } from './refusals.ts'
import { type Restored, takeRestore } from './restore.ts'
import { createRetention } from './retention.ts'
import type { Schema } from './schema.ts'
import { createSettings } from './settings.ts'
import { createStatusMessages } from './status-messages.ts'
import { DatabaseGone, toRefusal, whenFree } from './storage-errors.ts'
import { createTraces } from './traces.ts'
import { createUnfinished } from './unfinished.ts'
import { createUpdates } from './updates.ts'

/** How often the log is tried to be emptied while somebody beside us reads it, and how far apart. */
const LOG_TRIES = 20
const LOG_PAUSE_MS = 250

/** What a store works on: the connection, or a transaction on it. */
export type Executor = Kysely<Schema> | Transaction<Schema>
/** A store says what it wrote; whoever waits for that hears of it after the commit. */
export type Touch = (table: keyof Schema) => void

function createStores(executor: Executor, touch: Touch, tell: Tell) {
  return {
    boots: createBoots(executor),
    deliveries: createDeliveries(executor, touch, tell),
    jobEvents: createJobEvents(executor, touch),
    jobs: createJobs(executor, touch, tell),
    messages: createMessages(executor),
    modelCalls: createModelCalls(executor),
    people: createPeople(executor, touch),
    refusals: createRefusals(executor),
    retention: createRetention(executor),
    settings: createSettings(executor),
    statusMessages: createStatusMessages(executor, touch),
    traces: createTraces(executor),
    unfinished: createUnfinished(executor),
    updates: createUpdates(executor, touch, tell),
  }
}

/** The stores, one a table or a pair of them. */
export type Stores = ReturnType<typeof createStores>

export interface Database extends Stores {
  /**
   * Runs `work` in a transaction, which may share its commit with others that wait at the same moment; one that can wait does
   * so for a few milliseconds. Short, and without network or timers: everything else waits meanwhile.
   */
  transaction<T>(work: (stores: Stores) => Promise<T>, options?: { canWait?: boolean }): Promise<T>
  /** Calls `listener` after each commit that wrote to `table`. Returns the unsubscription. */
  onCommit(table: keyof Schema, listener: () => void): () => void
  /**
   * Takes what was removed out of the index of the search, in pieces between which others have their turn, brings the log
   * into the file and empties it: it is readable nowhere from then on. A reader beside us may hold up the last of that; then
   * it comes with the next time.
   */
  eraseTraces(): Promise<void>
  /** Resolves with the error by which SQLite says that the file can no longer be trusted. */
  readonly untrusted: Promise<unknown>
  /** The backup that this boot has put in the place of the database, if one waited. */
  readonly restored: Restored | undefined
  close(): Promise<void>
}

/**
 * Takes the lock, puts a staged restore in place, looks at the file, opens it (or makes it, and its folder) and migrates it.
 * @throws {DatabaseLocked} when another process holds the lock.
 * @throws {DatabaseRefused} when the file is not a whole database of Remy's, or cannot be written; it is left as it was.
 */
export async function openDatabase(file: string, observer: DatabaseObserver = {}): Promise<Database> {
  try {
    makeFolder(dirname(file))
    const release = takeLock(file)
    if (!release) throw new DatabaseLocked(file, describeHolder(file))
    try {
      const restored = takeRestore(file)
      if (inspectFile(file)) await whenFree(async () => lookAtIdentity(file))
      else await createFile(file)
      return { ...(await whenFree(() => openFile(file, release, observer))), restored }
    } catch (error) {
      release()
      throw error
    }
  } catch (error) {
    throw toRefusal(file, error)
  }
}

/**
 * By a connection that cannot write: one that can would bring a log that is not this file's into it when it closes.
 * Only what a crash left half written, with the journal that takes it back, must be taken back before anybody can read.
 */
function lookAtIdentity(file: string): void {
  const sqlite = new Sqlite(file, { readonly: !existsSync(`${file}-journal`), fileMustExist: true })
  try {
    checkIdentity(file, (name) => sqlite.pragma(name, { simple: true }))
  } finally {
    sqlite.close()
  }
}

/** Makes the file under another name first, so that a crash in the middle leaves nothing that looks like a database. */
async function createFile(file: string): Promise<void> {
  const fresh = `${file}.new`
  for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(fresh + ending, { force: true })
  const sqlite = new Sqlite(fresh)
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = FULL')
  const db = new Kysely<Schema>({ dialect: new RemySqliteDialect({ sqlite, onUntrusted() {} }) })
  await migrate(db, sqlite, fresh).finally(() => db.destroy())
  renameSync(fresh, file)
  const folder = openSync(dirname(file), 'r')
  fsyncSync(folder) // the new name outlasts a power cut, as what is written under it does
  closeSync(folder)
}

async function openFile(file: string, release: () => void, observer: DatabaseObserver): Promise<Omit<Database, 'restored'>> {
  const untrusted = Promise.withResolvers<unknown>()
  const sqlite = new Sqlite(file, { fileMustExist: true, timeout: 0 }) // the driver waits, with the event loop running
  try {
    const pragma = (source: string) => sqlite.pragma(source, { simple: true })
    const journal = pragma('journal_mode = WAL')
    // After WAL, which resets it, and asserted after a first read, which may: anything less loses answered updates in a power cut.
    pragma('synchronous = FULL')
    // What is removed is overwritten: who asks to be forgotten must not be read in free pages.
    pragma('secure_delete = ON')
    sqlite.prepare('SELECT count(*) FROM sqlite_schema').get()
    const synchronous = pragma('synchronous')
    if (journal !== 'wal' || synchronous !== 2) {
      throw new Error(`${file}: journal ${journal}, synchronous ${synchronous}; expected wal and 2 (FULL)`)
    }
    const checkPlace = placeOf(file)
    const { committed: onCommitted } = observer
    const db = new Kysely<Schema>({
      dialect: new RemySqliteDialect({ sqlite, onUntrusted: untrusted.resolve, checkPlace, onCommitted }),
    })
    await migrate(db, sqlite, file)
    readEachTable(sqlite)
    pragma(`user_version = ${pragma('user_version')}`) // the first write, while there is nobody yet who would count on it
    return arrange(db, sqlite, untrusted.promise, release, observer)
  } catch (error) {
    sqlite.close()
    throw error
  }
}

/** Remembers which files stand there now, and throws once there are others or none. */
function placeOf(file: string): () => void {
  const inodeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.ino
  const opened = [file, `${file}-wal`].map((path) => ({ path, inode: inodeOf(path) }))
  return () => {
    for (const { path, inode } of opened) if (inodeOf(path) !== inode) throw new DatabaseGone(path)
  }
}

/** Both ends of each table that has rowids: what is broken at its root shows at once, and not at the first person. */
function readEachTable(sqlite: Sqlite.Database): void {
  const tables = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT wr"
  const rows = sqlite.prepare(tables).all() as { name: string }[] // the column asked for
  for (const { name } of rows) {
    for (const order of ['ASC', 'DESC']) sqlite.prepare(`SELECT * FROM "${name}" ORDER BY rowid ${order} LIMIT 1`).get()
  }
}

function arrange(
  db: Kysely<Schema>,
  sqlite: Sqlite.Database,
  untrusted: Promise<unknown>,
  release: () => void,
  { changed = () => {} }: DatabaseObserver,
): Omit<Database, 'restored'> {
  const commits = new EventEmitter<Record<keyof Schema, []>>().setMaxListeners(0)
  const names = new CamelCasePlugin()
  const outside = db.withPlugin(deadlockGuard).withPlugin(names)
  const onCommit = (table: keyof Schema) => void commits.emit(table)
  return {
    ...createStores(outside, onCommit, changed),
    transaction: createCommitGroups<Stores>({
      db,
      sqlite,
      createStores: (connection, touch, tell) => createStores(connection.withoutPlugins().withPlugin(names), touch, tell),
      onCommit: ({ touched, changes }) => {
        for (const change of changes) changed(change)
        for (const table of touched) onCommit(table)
      },
    }),
    async eraseTraces() {
      for (let isFirst = true; await this.traces.areOwed(); isFirst = false) {
        if (!(await this.transaction(({ traces }) => traces.merge(isFirst)))) break
      }
      for (let tries = 1; tries <= LOG_TRIES; tries++) {
        const { rows } = await sql<{ busy: number }>`PRAGMA wal_checkpoint(TRUNCATE)`.execute(outside)
        if (rows[0]?.busy === 0) return
        await sleep(LOG_PAUSE_MS) // somebody beside us reads what is still in it
      }
    },
    untrusted,
    onCommit(table, listener) {
      commits.on(table, listener)
      return () => commits.off(table, listener)
    },
    async close() {
      await db.destroy()
      release()
    },
  }
}
