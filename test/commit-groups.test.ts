import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { type Database, openDatabase } from '../db/open.ts'

/** A database of its own, and a second connection that sees what is committed. */
async function opened(run: (db: Database, beside: Sqlite.Database) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), 'remy-test-'))
  const db = await openDatabase(join(folder, 'remy.db'))
  const beside = new Sqlite(join(folder, 'remy.db'))
  try {
    await run(db, beside)
  } finally {
    beside.close()
    await db.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
const add = (db: Database, updateId: number) =>
  db.transaction(({ updates }) => updates.add({ updateId, chatId: 41, payload: '{}' }))
const stored = (beside: Sqlite.Database) => beside.prepare('SELECT update_id FROM updates ORDER BY id').pluck().all()

test('transactions that wait together share a commit, in their order, and each hears of it afterwards', () =>
  opened(async (db, beside) => {
    let commits = 0
    db.onCommit('updates', () => {
      commits += 1
    })
    const version = () => beside.pragma('data_version', { simple: true })
    const before = version()
    const seenAtResolve: unknown[] = []
    const all = Array.from({ length: 10 }, (_, n) => add(db, n + 1).then(() => seenAtResolve.push(stored(beside).length)))
    await Promise.all(all)
    expect(stored(beside)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(seenAtResolve).toEqual(Array(10).fill(10))
    expect(version()).not.toBe(before)
    expect(commits).toBe(10)
  }))

test('one that throws is undone alone', () =>
  opened(async (db, beside) => {
    const failing = db.transaction(async ({ updates }) => {
      await updates.add({ updateId: 2, chatId: 41, payload: '{}' })
      throw new Error('no')
    })
    const settled = await Promise.allSettled([add(db, 1), failing, add(db, 3)])
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(stored(beside)).toEqual([1, 3])
  }))

test('one that ends the whole transaction takes none of the others along', () =>
  opened(async (db, beside) => {
    beside.exec("CREATE TRIGGER bad BEFORE INSERT ON updates WHEN NEW.update_id = 2 BEGIN SELECT RAISE(ROLLBACK, 'bad'); END")
    const settled = await Promise.allSettled([add(db, 1), add(db, 2), add(db, 3)])
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(stored(beside)).toEqual([1, 3])
  }))

test('a transaction within a transaction is an error and not a deadlock', () =>
  opened(async (db, beside) => {
    await expect(db.transaction(() => add(db, 1))).rejects.toThrow('within a transaction')
    await expect(db.transaction(() => db.updates.unhandled())).rejects.toThrow('Within a transaction')
    await add(db, 2)
    expect(stored(beside)).toEqual([2])
  }))
