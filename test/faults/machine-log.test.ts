import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ada, spawnServer } from '../build.ts'
import { createRandom } from './random.ts'
import { type Rig, rig } from './rig.ts'
import { report, seed } from './table.ts'

const fault = 'a file and a log (-wal) that do not belong together, or of which one is cut: taken whole, or refused and left'
const PAGE = 4_096
const JOBS = 2

/** A database as a crash leaves it: some of it in the file, the rest in the log beside it. Copies of both, in `folder`. */
async function crashed(house: Rig): Promise<string> {
  await house.start()
  house.telegram.say(ada, '/board One question')
  await house.heard(ada, '✅ #1 board')
  await house.rest()
  const beside = new Sqlite(house.file)
  beside.pragma('wal_checkpoint(PASSIVE)')
  house.telegram.say(ada, '/board Another question')
  await house.heard(ada, '✅ #2 board')
  await house.rest()
  await house.die() // while `beside` is open, so that nothing is brought from the log into the file
  const folder = join(house.folder, 'crashed')
  mkdirSync(folder)
  for (const ending of ['', '-wal']) copyFileSync(house.file + ending, join(folder, `remy.db${ending}`))
  beside.close()
  return folder
}

const spoilt = (house: Rig, from: string, spoil: (file: string) => void): string => {
  rmSync(dirname(house.file), { recursive: true, force: true })
  mkdirSync(dirname(house.file))
  for (const ending of ['', '-wal']) copyFileSync(join(from, `remy.db${ending}`), house.file + ending)
  spoil(house.file)
  return house.file
}

const contents = (file: string) => ['', '-wal'].map((ending) => readFileSync(file + ending, { encoding: 'base64', flag: 'a+' }))

/** What a start makes of it: refused in a sentence and not a byte touched, or taken with all that was ever stored. */
async function outcome(house: Rig): Promise<string> {
  const before = contents(house.file)
  const log: string[] = []
  const { child, ended, lines } = spawnServer(house.env, house.folder, log)
  const started = (async () => {
    for await (const line of lines) if (line.includes('Server listening at')) return 'started'
    return ended
  })()
  const came = await started
  child.kill('SIGKILL')
  await ended
  if (came !== 'started') {
    const isTold = log.some((line) => line.startsWith('Remy does not start.') && line.includes(house.file))
    const isLeft = JSON.stringify(contents(house.file)) === JSON.stringify(before)
    return came === 1 && isTold && isLeft ? 'refused' : `exit ${came}, told: ${isTold}, left as it was: ${isLeft}`
  }
  const db = new Sqlite(house.file)
  try {
    const done = db.prepare("SELECT count(*) FROM background_jobs WHERE status = 'done'").pluck().get()
    const check = db.pragma('integrity_check', { simple: true })
    return done === JOBS && check === 'ok' ? 'taken whole' : `taken with ${done} jobs, integrity ${check}`
  } finally {
    db.close()
  }
}

test('a file cut anywhere beside its log is taken whole or refused', async () => {
  await using house = await rig()
  const from = await crashed(house)
  const size = statSync(join(from, 'remy.db')).size
  const random = createRandom(seed)
  const lengths = [0, 60, 100, PAGE, size - PAGE, size - 1, ...Array.from({ length: 6 }, () => 1 + random.below(size))]
  for (const length of lengths) {
    spoilt(house, from, (file) => truncateSync(file, length))
    expect(['taken whole', 'refused'], `cut to ${length} of ${size}, seed ${seed}`).toContain(await outcome(house))
    report({ fault, rounds: 1, lost: 'nothing', seed })
  }
  spoilt(house, from, () => {})
  expect(await outcome(house), 'the control: not cut').toBe('taken whole')
})

test('a log that is noise, or another program, does not harm a whole file', async () => {
  await using house = await rig()
  const from = await crashed(house)
  const whole = new Sqlite(join(from, 'remy.db'))
  whole.pragma('wal_checkpoint(TRUNCATE)')
  whole.close()
  writeFileSync(join(from, 'remy.db-wal'), '')
  const random = createRandom(seed)

  spoilt(house, from, (file) =>
    writeFileSync(`${file}-wal`, Buffer.from(Array.from({ length: 9 * PAGE }, () => random.below(256)))),
  )
  expect(await outcome(house)).toBe('taken whole')
  for (const pages of [1, 30]) {
    spoilt(house, from, (file) => logOfAnother(house, `${file}-wal`, pages))
    expect(['taken whole', 'refused'], `${pages} pages of another`).toContain(await outcome(house))
    rmSync(`${house.file}-wal`, { force: true })
    expect(await outcome(house), `the file after ${pages} pages of another`).toBe('taken whole')
  }
  report({ fault, rounds: 3, lost: 'nothing', seed })
})

test('a transaction that a crash cut short beside its journal is taken back', async () => {
  await using house = await rig()
  const from = await crashed(house)
  spoilt(house, from, (file) => {
    const half = join(house.folder, 'half.db')
    for (const ending of ['', '-wal']) copyFileSync(file + ending, half + ending)
    const writer = new Sqlite(half)
    writer.pragma('journal_mode = DELETE')
    writer.pragma('cache_size = 1') // so that pages go into the file before the commit
    writer.exec(
      'BEGIN; DELETE FROM deliveries; DELETE FROM job_events; UPDATE background_jobs SET input_text = zeroblob(9) || input_text',
    )
    rmSync(`${file}-wal`)
    for (const ending of ['', '-journal']) copyFileSync(half + ending, file + ending)
    writer.close()
  })
  expect(statSync(`${house.file}-journal`).size).toBeGreaterThan(512)
  expect(await outcome(house)).toBe('taken whole')
  report({ fault, rounds: 1, lost: 'nothing' })
})

test('a newer schema that stands in the log alone is refused, and both are left as they were', async () => {
  await using house = await rig()
  const from = await crashed(house)
  spoilt(house, from, (file) => {
    const newer = join(house.folder, 'newer.db')
    for (const ending of ['', '-wal']) copyFileSync(file + ending, newer + ending)
    const writer = new Sqlite(newer)
    writer.pragma('user_version = 99')
    for (const ending of ['', '-wal']) copyFileSync(newer + ending, file + ending)
    writer.close()
  })
  expect(await outcome(house)).toBe('refused')
  report({ fault, rounds: 1, lost: 'nothing' })
})

/** Puts the log of another program's database in place, its first page among what it holds. */
function logOfAnother(house: Rig, wal: string, rows: number): void {
  const other = join(house.folder, `other-${rows}.db`)
  const db = new Sqlite(other)
  db.pragma('journal_mode = WAL')
  db.exec('CREATE TABLE notes (text)')
  for (let row = 0; row < rows; row++) db.prepare('INSERT INTO notes VALUES (?)').run('x'.repeat(PAGE))
  copyFileSync(`${other}-wal`, wal)
  db.close()
}
