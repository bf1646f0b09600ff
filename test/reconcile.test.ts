import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { openDatabase } from '../db/open.ts'
import { reconcile } from '../src/jobs/reconcile.ts'
import { announceInterrupted } from '../src/telegram/notices.ts'

test('a reconciliation that fails in its middle has failed no job, and the next one fails and tells all', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'remy-test-'))
  const file = join(folder, 'remy.db')
  const db = await openDatabase(file)
  const beside = new Sqlite(file)
  try {
    for (let n = 1; n <= 6; n++) {
      await db.jobs.create({
        userId: 41,
        jobType: 'board',
        inputText: `${n}`,
        chatId: 41,
        messageThreadId: null,
        requestMessageId: null,
        updateId: n,
      })
      await db.jobs.setRunning(n, 'boot')
    }
    const running = beside.prepare("SELECT count(*) FROM background_jobs WHERE status = 'running'").pluck()
    for (const how of ['ABORT', 'ROLLBACK']) {
      beside.exec(
        `CREATE TRIGGER broken BEFORE UPDATE ON background_jobs WHEN OLD.id = 2 BEGIN SELECT RAISE(${how}, 'broken'); END`,
      )
      await expect(reconcile(db, announceInterrupted)).rejects.toThrow('broken')
      await db.transaction(async () => {}) // whatever was still under way has its turn before this one
      expect(running.get(), how).toBe(6)
      beside.exec('DROP TRIGGER broken')
    }
    expect(await reconcile(db, announceInterrupted)).toHaveLength(6)
    expect(beside.prepare('SELECT payload FROM deliveries').pluck().all()).toEqual([
      expect.stringContaining('6 jobs were interrupted'),
    ])
  } finally {
    beside.close()
    await db.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
