import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ada, build, spawnServer } from './build.ts'
import { leaveBehind, names } from './earlier-version.ts'

test.each(names.map((name, index) => [name, index + 1] as const))(
  'a database of %s is migrated after a copy was made, and goes on where it stopped',
  async (_name, version) => {
    await using house = await build({ asleep: true })
    await leaveBehind(house.file, version)
    await house.boot()
    await house.heard(ada, 'The result of old.')
    await house.heard(ada, '⚠️ #2 board: interrupted by restart')
    await house.delivered()
    expect(house.rows('SELECT name FROM kysely_migration')).toHaveLength(names.length)
    expect(house.rows('PRAGMA foreign_key_check')).toEqual([])
    const last = names.at(-1)?.split('-')[0]
    const copies = readdirSync(dirname(house.file)).filter((name) => name.includes('.before-'))
    expect(copies).toEqual(version === names.length ? [] : [`remy.db.before-${last}`])
    const [copy] = copies
    if (!copy) return
    const before = new Sqlite(`${house.file}.before-${last}`, { readonly: true })
    expect(before.prepare('SELECT count(*) FROM kysely_migration').pluck().get()).toBe(version)
    expect(before.prepare('SELECT status FROM background_jobs WHERE id = 2').pluck().get()).toBe('running')
    before.close()
  },
)

test('the last two copies are kept', async () => {
  await using house = await build({ asleep: true })
  await leaveBehind(house.file, 1)
  const last = String(names.length).padStart(4, '0')
  for (const old of ['0001', '0002']) new Sqlite(`${house.file}.before-${old}`).exec('CREATE TABLE t (a)').close()
  writeFileSync(`${house.file}.before-${last}.partial`, 'what a boot left that was killed while it copied')
  await house.boot()
  expect(['0001', '0002', last].map((version) => existsSync(`${house.file}.before-${version}`))).toEqual([false, true, true])
})

test('a newer schema that this code can live with is let be; one that it cannot is refused', async () => {
  await using house = await build()
  await house.kill()
  const db = new Sqlite(house.file)
  db.exec("INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-more', '2027-01-01T00:00:00.000Z')")
  await house.boot()
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  await house.kill()
  db.pragma('user_version = 9999')
  db.close()
  const log: string[] = []
  expect(await spawnServer(house.env, process.cwd(), log).ended).toBe(1)
  expect(log.join('\n')).toContain(`${house.file} was written by a newer Remy (schema 9999, and this one knows 3).`)
})
