// liteque: one runner with as many jobs at once as are in flight. It knows neither steps nor messages.
import type Sqlite from 'better-sqlite3'
import { buildDBClient, Runner, SqliteQueue } from 'liteque'
import { jobsPerSecond } from './in-flight.ts'
import type { Contender } from './life-cycles.ts'

export const liteque: Contender = async ({ file, count, inFlight }) => {
  const db = buildDBClient(file, { runMigrations: true })
  const { client: sqlite } = (db as unknown as { session: { client: Sqlite.Database } }).session // by drizzle, which it is built on
  // It takes a job out in a transaction that awaits, which this better-sqlite3 refuses to run: here is one that does.
  db.transaction = (async (work: (db: unknown) => Promise<unknown>) => {
    sqlite.exec('BEGIN IMMEDIATE')
    try {
      const result = await work(db)
      sqlite.exec('COMMIT')
      return result
    } catch (error) {
      sqlite.exec('ROLLBACK')
      throw error
    }
  }) as never // of the type that it has for both
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = FULL')
  if (sqlite.pragma('synchronous', { simple: true }) !== 2) throw new Error('liteque is not at FULL')
  const queue = new SqliteQueue<{ number: number }>('nothing', db, { defaultJobArgs: { numRetries: 0 }, keepFailedJobs: false })
  const race = jobsPerSecond({ count, inFlight }, (number) => queue.enqueue({ number }))
  const runner = new Runner<{ number: number }>(
    queue,
    { run: async () => {}, onComplete: async () => race.ended() },
    { concurrency: inFlight, pollIntervalMs: 1, timeoutSecs: 60 },
  )
  race.start()
  void runner.run()
  return race.perSecond
}
