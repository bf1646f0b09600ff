import { EventEmitter } from 'node:events'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { CamelCasePlugin, Kysely, type Transaction } from 'kysely'
import { Migrator } from 'kysely/migration'
import { createBoots } from './boots.ts'
import { createDeliveries } from './deliveries.ts'
import { asTransaction, deadlockGuard, ImmediateSqliteDialect } from './driver.ts'
import { createJobEvents } from './job-events.ts'
import { createJobs } from './jobs.ts'
import { DatabaseLocked, describeHolder, takeLock } from './lock.ts'
import { createMessages } from './messages.ts'
import { migrations } from './migrations/index.ts'
import { createRefusals } from './refusals.ts'
import type { Schema } from './schema.ts'
import { createSettings } from './settings.ts'
import { createUpdates } from './updates.ts'

/** How long a statement waits for a writer beside us, such as a sqlite3 shell. The event loop waits with it. */
const BUSY_TIMEOUT_MS = 500

/** What a store works on: the connection, or a transaction on it. */
export type Executor = Kysely<Schema> | Transaction<Schema>
/** A store says what it wrote; whoever waits for that hears of it after the commit. */
export type Touch = (table: keyof Schema) => void

function createStores(executor: Executor, touch: Touch) {
  return {
    boots: createBoots(executor),
    deliveries: createDeliveries(executor, touch),
    jobEvents: createJobEvents(executor, touch),
    jobs: createJobs(executor, touch),
    messages: createMessages(executor),
    refusals: createRefusals(executor),
    settings: createSettings(executor),
    updates: createUpdates(executor, touch),
  }
}

/** The stores, one a table or a pair of them. */
export type Stores = ReturnType<typeof createStores>

export interface Database extends Stores {
  /** Runs `work` in one BEGIN IMMEDIATE … COMMIT. Short, and without network or timers: everything else waits meanwhile. */
  transaction<T>(work: (stores: Stores) => Promise<T>): Promise<T>
  /** Calls `listener` after each commit that wrote to `table`. Returns the unsubscription. */
  onCommit(table: keyof Schema, listener: () => void): () => void
  close(): Promise<void>
}

/**
 * Takes the lock, opens the file (its folder is made) and migrates it.
 * @throws {DatabaseLocked} when another process holds the lock.
 */
export async function openDatabase(file: string): Promise<Database> {
  mkdirSync(dirname(file), { recursive: true })
  const release = takeLock(file)
  if (!release) throw new DatabaseLocked(file, describeHolder(file))
  try {
    const db = new Kysely<Schema>({ dialect: new ImmediateSqliteDialect({ database: openFile(file) }) })
    const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest()
    if (error) throw error
    return arrange(db, release)
  } catch (error) {
    release()
    throw error
  }
}

/** The database takes no writes for now (another writer, a full disk, a fault of the disk): worth waiting for. */
export function isPassing(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && /^SQLITE_(BUSY|FULL|IOERR)/.test(error.code)
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

function openFile(file: string): Sqlite.Database {
  const sqlite = new Sqlite(file, { timeout: BUSY_TIMEOUT_MS })
  const journal = sqlite.pragma('journal_mode = WAL', { simple: true })
  // After WAL, which resets it, and asserted after a first read, which may: anything less loses answered updates in a power cut.
  sqlite.pragma('synchronous = FULL')
  sqlite.prepare('SELECT count(*) FROM sqlite_schema').get()
  const synchronous = sqlite.pragma('synchronous', { simple: true })
  if (journal !== 'wal' || synchronous !== 2) {
    throw new Error(`${file}: journal ${journal}, synchronous ${synchronous}; expected wal and 2 (FULL)`)
  }
  return sqlite
}

function arrange(db: Kysely<Schema>, release: () => void): Database {
  const commits = new EventEmitter<Record<keyof Schema, []>>().setMaxListeners(0)
  const names = new CamelCasePlugin()
  const outside = db.withPlugin(deadlockGuard).withPlugin(names)
  return {
    ...createStores(outside, (table) => commits.emit(table)),
    async transaction(work) {
      const touched = new Set<keyof Schema>()
      const result = await outside.transaction().execute((trx) => {
        const stores = createStores(trx.withoutPlugins().withPlugin(names), (table) => touched.add(table))
        return asTransaction(() => work(stores))
      })
      for (const table of touched) commits.emit(table)
      return result
    },
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
