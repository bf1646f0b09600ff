// The service with one failpoint armed: FAILPOINT says which, and FAILPOINT_LOG is where its hit is written before the end.
import { appendFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { type Failpoint, failpoints, readAim, written } from './failpoints.ts'

const aim = readAim(process.env.FAILPOINT ?? '')
const log = process.env.FAILPOINT_LOG ?? ''
const failpoint: Failpoint = failpoints[aim.name]
let left = aim.nth

if ('count' in failpoint) watchCommits(failpoint.count)
else watchCalls(failpoint.call)
await import('../../src/server.ts')

function die(): never {
  appendFileSync(log, `${written(aim)}\n`)
  process.kill(process.pid, 'SIGKILL')
  for (;;); // it has ended
}

/** Whether this occurrence is the one that is aimed at. */
function isDue(): boolean {
  left -= 1
  return left === 0
}

/**
 * Looks after every commit whether the count has grown. A statement outside a transaction runs in a savepoint, so that
 * what it did is known before it is committed.
 */
function watchCommits(sql: string): void {
  type Method = (this: Sqlite.Statement, ...parameters: unknown[]) => unknown
  const prototype = Object.getPrototypeOf(new Sqlite(':memory:').prepare('SELECT 1'))
  const original: Record<'run' | 'all' | 'get', Method> = { run: prototype.run, all: prototype.all, get: prototype.get }
  const counts = new WeakMap<Sqlite.Database, number>()

  function countIn(database: Sqlite.Database): number {
    try {
      const row = original.get.call(database.prepare(sql).raw()) as [number | null]
      return row[0] ?? 0
    } catch {
      return 0 // the table is not there yet
    }
  }

  function watched(method: Method): Method {
    return function (...parameters) {
      const { database, source } = this
      const isCommit = /^\s*(commit|end)\b/i.test(source)
      const isAlone =
        !database.inTransaction && /^\s*(insert|update|delete|replace|with|create|alter|drop|begin)\b/i.test(source)
      if (isAlone && !counts.has(database)) counts.set(database, countIn(database))
      if (/^\s*begin\b/i.test(source) || !(isCommit || isAlone)) return method.apply(this, parameters)
      if (isAlone) database.exec('SAVEPOINT failpoint')
      let result = isAlone ? attempt(database, () => method.apply(this, parameters)) : undefined
      const now = countIn(database)
      const due = now > (counts.get(database) ?? 0) && isDue()
      if (due && aim.side === 'before') die()
      if (isAlone) database.exec('RELEASE failpoint')
      else result = method.apply(this, parameters)
      counts.set(database, now)
      if (due) die()
      return result
    }
  }

  for (const [name, method] of Object.entries(original)) prototype[name] = watched(method)
}

/** Leaves no savepoint open behind an error. */
function attempt<T>(database: Sqlite.Database, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK TO failpoint; RELEASE failpoint')
    throw error
  }
}

/** After a call means: its answer has begun to come in, and nobody here has seen it yet. */
function watchCalls(address: RegExp): void {
  const original = globalThis.fetch
  globalThis.fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input)
    const due = address.test(pathname) && isDue()
    if (due && aim.side === 'before') die()
    const response = await original(input, init)
    if (due) die()
    return response
  }
}
