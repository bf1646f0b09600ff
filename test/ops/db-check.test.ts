import { closeSync, openSync, writeSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ada, build } from '../build.ts'
import { runCommand } from './run-command.ts'

test('a whole database is called whole, beside the running service too; other files are named for what they are', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board One question')
  await house.heard(ada, '✅ #1 board')
  await using whole = runCommand('db-check', house.env)
  expect(await whole.ended).toBe(0)
  expect(whole.output()).toBe(`${house.file} is whole.`)
  await using missing = runCommand('db-check', house.env, `${house.folder}/nothing.db`)
  expect(await missing.ended).toBe(1)
  expect(missing.output()).toBe(`${house.folder}/nothing.db is not there. The service makes it when it starts.`)
})

test('damage in the middle, which a start does not see, is found', async () => {
  await using house = await build()
  for (let n = 0; n < 3; n++) house.telegram.say(ada, `/board ${n} ${'a long question '.repeat(200)}`)
  await house.heard(ada, /✅ #3 board|The whole of it/)
  house.signal('SIGTERM')
  await house.ended()
  const db = new Sqlite(house.file)
  db.pragma('wal_checkpoint(TRUNCATE)')
  const page = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'deliveries_by_job'").pluck().get() as number
  db.close()
  const file = openSync(house.file, 'r+')
  writeSync(file, Buffer.alloc(512, 0xff), 0, 512, (page - 1) * 4096)
  closeSync(file)
  await using damaged = runCommand('db-check', house.env)
  expect(await damaged.ended).toBe(1)
  expect(damaged.output()).toMatch(/remy\.db is (damaged|not whole).*Put a backup in its place/)
})
