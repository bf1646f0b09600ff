import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type Sqlite from 'better-sqlite3'
import {
  CompiledQuery,
  type DatabaseConnection,
  type KyselyPlugin,
  type QueryResult,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
} from 'kysely'
import { isBusy, isUntrusted } from './storage-errors.ts'

/** How long a statement waits for a writer beside us, such as a sqlite3 shell, and how often it tries meanwhile. */
const BUSY_PATIENCE_MS = 500
const BUSY_LOOK_MS = 25
/** For so long after somebody waited in vain nobody else waits: those in line are told at once. */
const BUSY_MEMORY_MS = 1_000

const WRITES: ReadonlySet<string> = new Set(['InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode'])
/** What comes again and again in the same words. SQLite itself prepares it anew once the schema is another. */
const RECURRING: ReadonlySet<string> = new Set([...WRITES, 'SelectQueryNode'])
const CONTROLS: ReadonlySet<string> = new Set(['begin immediate', 'commit', 'rollback'])
/** How many prepared statements are kept. The service has some two hundred, and lists of different lengths. */
const MOST_STATEMENTS = 300

interface Options {
  sqlite: Sqlite.Database
  /** Called once the file has been found to be damaged or gone. */
  onUntrusted: (error: unknown) => void
  /** Throws when the open file is not the one any more that stands under its name. Asked after every commit. */
  checkPlace?: () => void
  /** Hears of each commit that wrote something, and how long it took, in ms. */
  onCommitted?: ((durationMs: number) => void) | undefined
}

/**
 * SQLite behind Kysely with `BEGIN IMMEDIATE`: a transaction that reads first must not find another writer when it writes.
 * A busy file is waited for without blocking the event loop.
 */
export class RemySqliteDialect extends SqliteDialect {
  readonly #options: Options

  constructor(options: Options) {
    super({ database: options.sqlite })
    this.#options = options
  }

  override createDriver(): SqliteDriver {
    return new RemySqliteDriver(this.#options)
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter()
  }
}

/** SQLite can undo DDL; Kysely does not count on it. A migration cut off by a crash must leave nothing behind. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class RemySqliteDriver extends SqliteDriver {
  readonly #options: Options
  #connection: DatabaseConnection | undefined

  constructor(options: Options) {
    super({ database: options.sqlite })
    this.#options = options
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    this.#connection ??= new PatientConnection(this.#options)
    return this.#connection
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  /** A full disk ends a transaction by itself; what is told then is that, and not that there is nothing to roll back. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#options.sqlite.inTransaction) await super.rollbackTransaction(connection)
  }
}

class PatientConnection implements DatabaseConnection {
  readonly #options: Options
  /** By their words, in the order in which they were prepared: SQLite takes longer to plan most of them than to run them. */
  readonly #statements = new Map<string, Sqlite.Statement>()
  #gaveUpAt = Number.NEGATIVE_INFINITY

  constructor(options: Options) {
    this.#options = options
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const begun = performance.now()
    const patience = begun - this.#gaveUpAt < BUSY_MEMORY_MS ? 0 : BUSY_PATIENCE_MS
    for (;;) {
      try {
        const result = this.#run<R>(query)
        if (this.#isCommit(query)) {
          this.#options.checkPlace?.()
          this.#options.onCommitted?.(performance.now() - begun)
        }
        return result
      } catch (error) {
        if (isUntrusted(error)) this.#options.onUntrusted(error)
        if (!isBusy(error)) throw error
        const isOver = performance.now() - begun >= patience
        if (isOver && patience > 0) this.#gaveUpAt = performance.now()
        if (isOver) throw error
        await sleep(BUSY_LOOK_MS)
      }
    }
  }

  #run<R>({ query, sql, parameters }: CompiledQuery): QueryResult<R> {
    const statement = this.#prepare(sql, query.kind)
    if (statement.reader) return { rows: statement.all(...parameters) as R[] } // Kysely knows the columns it asked for
    const { changes, lastInsertRowid } = statement.run(...parameters)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  #prepare(sql: string, kind: string): Sqlite.Statement {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#options.sqlite.prepare(sql)
    if (!RECURRING.has(kind) && !CONTROLS.has(sql)) return statement
    const [oldest] = this.#statements.keys()
    if (oldest !== undefined && this.#statements.size >= MOST_STATEMENTS) this.#statements.delete(oldest)
    this.#statements.set(sql, statement)
    return statement
  }

  /** Whether a statement that has just ended was a COMMIT, or a write that was one by itself. */
  #isCommit({ query, sql }: CompiledQuery): boolean {
    return WRITES.has(query.kind) ? !this.#options.sqlite.inTransaction : sql === 'commit'
  }

  // biome-ignore lint/correctness/useYield: nothing here reads row by row
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Rows are not streamed: page by id instead')
  }
}

const insideTransaction = new AsyncLocalStorage<true>()

/** Marks everything awaited by `work` as part of a transaction, for the guard below. */
export function asTransaction<T>(work: () => Promise<T>): Promise<T> {
  return insideTransaction.run(true, work)
}

export function isInTransaction(): boolean {
  return insideTransaction.getStore() === true
}

/** @throws where a query of the connection outside would wait for the transaction that awaits it. */
export function refuseBesideTransaction(): void {
  if (isInTransaction()) throw new Error('Within a transaction, use the stores that it hands out')
}

/**
 * There is one connection: a query beside the transaction that awaits it would wait for ever. This plugin of the
 * connection outside turns that silent deadlock into an error.
 */
export const deadlockGuard: KyselyPlugin = {
  transformQuery({ node }) {
    refuseBesideTransaction()
    return node
  },
  async transformResult({ result }) {
    return result
  },
}
