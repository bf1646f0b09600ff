// The same rows by plain statements, each its own commit at FULL: what somebody writes who writes no queue.
import { setImmediate as turn } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { jobsPerSecond } from './in-flight.ts'
import type { Contender } from './life-cycles.ts'

const tables = `
  CREATE TABLE jobs (id INTEGER PRIMARY KEY, status TEXT NOT NULL, input TEXT NOT NULL, result TEXT, started_at TEXT,
    completed_at TEXT, created_at TEXT NOT NULL) STRICT;
  CREATE INDEX jobs_by_status ON jobs (status, id);
  CREATE TABLE steps (id INTEGER PRIMARY KEY, job_id INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
  CREATE TABLE deliveries (id INTEGER PRIMARY KEY, job_id INTEGER NOT NULL, payload TEXT NOT NULL) STRICT;`

export const raw: Contender = async ({ file, count, inFlight }) => {
  const sqlite = new Sqlite(file)
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = FULL')
  sqlite.exec(tables)
  if (sqlite.pragma('synchronous', { simple: true }) !== 2) throw new Error('The baseline is not at FULL')
  const create = sqlite.prepare("INSERT INTO jobs (status, input, created_at) VALUES ('queued', ?, ?)")
  const begin = sqlite.prepare("UPDATE jobs SET status = 'running', started_at = ? WHERE id = ? AND status = 'queued'")
  const step = sqlite.prepare('INSERT INTO steps (job_id, text) VALUES (?, ?)')
  const end = sqlite.prepare(
    "UPDATE jobs SET status = 'done', result = ?, completed_at = ? WHERE id = ? AND status = 'running'",
  )
  const deliver = sqlite.prepare('INSERT INTO deliveries (job_id, payload) VALUES (?, ?)')
  const now = () => new Date().toISOString()

  const race = jobsPerSecond({ count, inFlight }, async (number) => {
    const id = create.run(`Number ${number}`, now()).lastInsertRowid
    await turn()
    begin.run(now(), id)
    await turn()
    step.run(id, 'The step is done.')
    await turn()
    end.run('The step is done.', now(), id)
    deliver.run(id, JSON.stringify({ text: 'The step is done.' }))
    race.ended()
  })
  race.start()
  return race.perSecond
}
