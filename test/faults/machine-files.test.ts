import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ada, spawnServer } from '../build.ts'
import { can, immutable } from './machine.ts'
import { type Rig, rig } from './rig.ts'
import { report, skipped } from './table.ts'

const fault = 'a file that is not whole, not ours, too new, or not to be written: refused, and left as it was'

/** A database with something in it, checkpointed into one file, and nobody who has it open. */
async function used(house: Rig): Promise<void> {
  await house.start()
  house.telegram.say(ada, '/board One question')
  await house.heard(ada, '✅ #1 board')
  await house.rest()
  house.signal('SIGTERM')
  await house.ended()
  const db = new Sqlite(house.file)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

function overwrite(file: string, at: number, bytes: Buffer): void {
  const handle = openSync(file, 'r+')
  writeSync(handle, bytes, 0, bytes.length, at)
  closeSync(handle)
}

/** What stands in the folder of the database: names and contents, without what marks who holds it. */
function contentsOf(file: string): Record<string, string> {
  const names = readdirSync(dirname(file)).filter(
    (name) => !name.startsWith(`${basename(file)}.lock`) && !name.endsWith('-shm'),
  )
  const contents = names.map((name) => [name, join(dirname(file), name)] as const)
  return Object.fromEntries(
    contents.map(([name, path]) => [name, statSync(path).isDirectory() ? 'folder' : readFileSync(path, 'base64')]),
  )
}

async function refusal(house: Rig): Promise<string> {
  const log: string[] = []
  const before = contentsOf(house.file)
  const { ended } = spawnServer({ ...house.env, NODE_COMPILE_CACHE: undefined }, house.folder, log)
  expect(await ended).toBe(1)
  expect(contentsOf(house.file)).toEqual(before)
  const told = log.filter((line) => line.startsWith('Remy does not start.'))
  expect(told, log.join('\n')).toHaveLength(1)
  expect(told[0]).toContain(house.file)
  return told[0] ?? ''
}

const spoilt: [string, (file: string) => void, RegExp][] = [
  ['has 0 bytes', (file) => truncateSync(file), /is empty \(0 bytes\)\. Put a backup/],
  ['is a text', (file) => writeFileSync(file, 'Dear diary'), /is not a database/],
  [
    'is noise',
    (file) => writeFileSync(file, Buffer.from(Array.from({ length: 9000 }, (_, n) => (n * 31) % 251))),
    /is not a database/,
  ],
  ['is cut within its header', (file) => truncateSync(file, 60), /is cut short/],
  ['is cut after its first page', (file) => truncateSync(file, 4096), /is cut short/],
  ['is cut in the middle of a page', (file) => truncateSync(file, 4096 * 5 + 77), /is cut short/],
  ['lacks its last page', (file) => truncateSync(file, statSync(file).size - 4096), /is cut short/],
  ['has a zeroed header', (file) => overwrite(file, 0, Buffer.alloc(100)), /is not a database/],
  ['has a page size that makes no sense', (file) => overwrite(file, 16, Buffer.from([3, 7])), /is damaged/],
  [
    'is damaged where a table begins',
    (file) => {
      const db = new Sqlite(file, { readonly: true })
      const page = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'background_jobs'").pluck().get() as number
      db.close()
      rmSync(`${file}-wal`, { force: true })
      overwrite(file, (page - 1) * 4096, Buffer.alloc(4096, 0xee))
    },
    /is damaged/,
  ],
  [
    'belongs to another program',
    (file) => {
      rmSync(file)
      new Sqlite(file).exec('CREATE TABLE notes (text); PRAGMA application_id = 77').close()
    },
    /belongs to another program/,
  ],
  [
    'is an empty database of nobody',
    (file) => {
      rmSync(file)
      new Sqlite(file).exec('VACUUM').close()
    },
    /belongs to another program|is empty/,
  ],
  [
    'was written by a newer Remy that this one could harm',
    (file) => {
      const db = new Sqlite(file)
      db.pragma('journal_mode = DELETE')
      db.pragma('user_version = 99')
      db.close()
    },
    /was written by a newer Remy/,
  ],
  [
    'is missing while its -journal is there',
    (file) => renameSync(file, `${file}-journal`),
    /is missing, though .+-journal stands there/,
  ],
  ['is missing while its -wal is there', (file) => renameSync(file, `${file}-wal`), /is missing, though .+-wal stands there/],
  [
    'is a folder',
    (file) => {
      rmSync(file)
      mkdirSync(file)
    },
    /is a folder/,
  ],
]

test('every file that is not to be used is refused with a sentence, and left byte for byte as it was', async () => {
  await using house = await rig()
  await used(house)
  const good = join(house.folder, 'good.db')
  copyFileSync(house.file, good)
  for (const [name, spoil, sentence] of spoilt) {
    rmSync(dirname(house.file), { recursive: true })
    mkdirSync(dirname(house.file))
    copyFileSync(good, house.file)
    spoil(house.file)
    expect(await refusal(house), name).toMatch(sentence)
    report({ fault, rounds: 1, lost: 'nothing' })
  }
  // The control of all of them: the same file, not spoilt, is taken and has what it had.
  rmSync(dirname(house.file), { recursive: true })
  mkdirSync(dirname(house.file))
  copyFileSync(good, house.file)
  await house.start()
  expect((await house.get('/jobs/1')).body.status).toBe('done')
  report({ fault, rounds: 0, lost: 'nothing', control: 'the file as it was is taken' })
})

test('a file or folder that cannot be written is refused', async () => {
  if (!can.immutable) return skipped('a database that cannot be written', 'chattr does not work here')
  await using house = await rig()
  await used(house)
  {
    using _ = immutable(house.file)
    expect(await refusal(house)).toMatch(/cannot be written/)
  }
  for (const ending of ['-wal', '-shm', '.lock', '.lock-journal']) rmSync(house.file + ending, { force: true })
  {
    using _ = immutable(dirname(house.file))
    expect(await refusal(house)).toMatch(/cannot be written/)
  }
  report({ fault, rounds: 2, lost: 'nothing' })
  await house.start()
})

test('what a crash leaves is no reason to refuse: pages that stand in the log alone, and a first boot cut off', async () => {
  await using house = await rig()
  await house.start()
  house.telegram.say(ada, '/board One question')
  await house.heard(ada, '✅ #1 board')
  await house.die()
  // As if a checkpoint had written the header, and the crash had come before the pages that it counts.
  const db = new Sqlite(house.file)
  const pages = Number(db.pragma('page_count', { simple: true }))
  const folder = join(house.folder, 'copy')
  mkdirSync(folder)
  for (const ending of ['', '-wal']) copyFileSync(house.file + ending, join(folder, `remy.db${ending}`))
  db.close()
  const copy = join(folder, 'remy.db')
  const header = Buffer.alloc(4)
  header.writeUInt32BE(pages)
  overwrite(copy, 28, header)
  const version = readFileSync(copy).subarray(24, 28)
  overwrite(copy, 92, version)
  house.env.DATABASE_URL = `file:${copy}`
  await house.boot()
  expect((await house.get('/jobs/1')).body.status).toBe('done')
  house.signal('SIGTERM')
  await house.ended()

  const fresh = join(house.folder, 'fresh', 'remy.db')
  mkdirSync(dirname(fresh))
  writeFileSync(`${fresh}.new`, 'half of a database')
  writeFileSync(`${fresh}.new-journal`, 'and of its journal')
  house.env.DATABASE_URL = `file:${fresh}`
  await house.boot()
  expect([existsSync(fresh), existsSync(`${fresh}.new`), existsSync(`${fresh}.new-journal`)]).toEqual([true, false, false])
})
