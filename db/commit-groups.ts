import { AsyncLocalStorage } from 'node:async_hooks'
import type Sqlite from 'better-sqlite3'
import { CompiledQuery, type Kysely } from 'kysely'
import type { Change, Tell } from './changes.ts'
import { asTransaction, isInTransaction } from './driver.ts'
import type { Touch } from './open.ts'
import type { Schema } from './schema.ts'

/** How many transactions share a commit at most: what fails then costs so many a second try. */
const MOST_TOGETHER = 128

/** How long one that can wait does so for another to share a commit with. */
const PATIENCE_MS = 10

const [BEGIN, COMMIT, ROLLBACK] = [
  CompiledQuery.raw('begin immediate'),
  CompiledQuery.raw('commit'),
  CompiledQuery.raw('rollback'),
]

interface Parts<Stores> {
  /** The connection, for one group at a time. */
  db: Kysely<Schema>
  sqlite: Sqlite.Database
  /** The stores for what runs in transactions. */
  createStores: (connection: Kysely<Schema>, touch: Touch, tell: Tell) => Stores
  /** Called after a commit, for each transaction in it. */
  onCommit: (written: Written) => void
}

/** What a transaction wrote: the tables, and what of it is counted. */
interface Written {
  touched: Set<keyof Schema>
  changes: Change[]
}

interface Waiting<Stores> {
  work: (stores: Stores) => Promise<unknown>
  canWait: boolean
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/** What became of one transaction within its group. */
type Outcome = { value: unknown; written: Written } | { error: unknown }

/**
 * Transactions that are asked for at the same moment run one after the other and share a commit, which is what the disk
 * takes its time for. Each stands by itself all the same: one that throws is undone alone, and none is told that it is
 * through before all of it is on disk.
 */
export function createCommitGroups<Stores>({ db, sqlite, createStores, onCommit }: Parts<Stores>) {
  // Within a transaction nobody has to be waited for: these go to SQLite directly.
  const [savepoint, release, rollbackToIt] = ['SAVEPOINT one', 'RELEASE one', 'ROLLBACK TO one'].map((sql) =>
    sqlite.prepare(sql),
  ) as [Sqlite.Statement, Sqlite.Statement, Sqlite.Statement]
  const waiting: Waiting<Stores>[] = []
  /** There is one connection: its stores are the same for every group, and write for the transaction that is running. */
  let stores: Stores | undefined
  let written: Written = { touched: new Set(), changes: [] }
  const touch: Touch = (table) => written.touched.add(table)
  const tell: Tell = (change) => written.changes.push(change)
  let urgent = 0
  let isAtWork = false
  let timer: NodeJS.Timeout | undefined

  function begin(): void {
    clearTimeout(timer)
    timer = undefined
    isAtWork = true
    setImmediate(empty) // whatever came in with it goes along
  }

  async function empty(): Promise<void> {
    do {
      const group = waiting.splice(0, MOST_TOGETHER)
      urgent -= group.filter(({ canWait }) => !canWait).length
      await run(group).catch((error) => {
        for (const { reject } of group) reject(error)
      })
    } while (urgent > 0)
    isAtWork = false
    if (waiting.length > 0) timer = setTimeout(begin, PATIENCE_MS)
  }

  async function run(group: Waiting<Stores>[]): Promise<void> {
    const outcomes = await db.connection().execute((connection) => attempt(connection, group))
    // What one of them did has undone them all: each gets a commit of its own.
    if (!outcomes) {
      for (const one of group) await run([one]).catch(one.reject)
      return
    }
    for (const outcome of outcomes) if ('written' in outcome) onCommit(outcome.written)
    for (const [index, outcome] of outcomes.entries()) {
      if ('written' in outcome) group[index]?.resolve(outcome.value)
      else group[index]?.reject(outcome.error)
    }
  }

  /** Runs them in one transaction of SQLite's. Nothing comes back where an error of one has ended it for the others too. */
  async function attempt(connection: Kysely<Schema>, group: Waiting<Stores>[]): Promise<Outcome[] | undefined> {
    const isAlone = group.length === 1
    const outcomes: Outcome[] = []
    await connection.executeQuery(BEGIN)
    stores ??= createStores(connection, touch, tell)
    try {
      for (const { work } of group) {
        written = { touched: new Set(), changes: [] }
        if (!isAlone) savepoint.run()
        try {
          const value = await work(stores)
          if (!isAlone) release.run()
          outcomes.push({ value, written })
        } catch (error) {
          if (isAlone) throw error
          if (!sqlite.inTransaction) return undefined // an error may have ended it
          rollbackToIt.run()
          release.run()
          outcomes.push({ error })
        }
      }
      await connection.executeQuery(COMMIT)
      return outcomes
    } finally {
      if (sqlite.inTransaction) await connection.executeQuery(ROLLBACK)
    }
  }

  /**
   * Runs `work` in a transaction. What nobody waits for can wait for others to come, a moment at most.
   * @throws what `work` throws; then nothing of it was written.
   */
  return function transaction<T>(work: (stores: Stores) => Promise<T>, { canWait = false } = {}): Promise<T> {
    if (isInTransaction()) throw new Error('A transaction within a transaction would wait for ever')
    const inContext = AsyncLocalStorage.snapshot()
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    waiting.push({ work: (stores) => inContext(() => asTransaction(() => work(stores))), canWait, resolve, reject })
    if (!canWait) urgent += 1
    if (!isAtWork && !canWait) begin()
    else if (!isAtWork) timer ??= setTimeout(begin, PATIENCE_MS)
    return promise as Promise<T> // it resolves with what `work` gave
  }
}
