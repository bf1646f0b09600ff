import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { openDatabase } from '../../db/open.ts'
import { build } from '../build.ts'
import { postOnce, says } from './person-update.ts'
import { createDisk, type Mercy, randomOf } from './power-cut.ts'
import { noteWrites, whyNoTracing } from './strace.ts'
import { factor, report, seed, skipped } from './table.ts'
import { broken } from './variant-server.ts'
import { type Deed, readWriteLog } from './write-log.ts'

const CUTS = 600
const BOOTS = 4
const UPDATES = 44
const people = [51, 52, 53, 54]
const why = whyNoTracing()
if (why) skipped('power cut', why)

test.skipIf(why)(
  'a power cut at any moment loses nothing that was answered or said',
  async () => {
    await using trace = await recordLife()
    const { deeds, house } = trace
    expect(deeds.filter(isCheckpoint(house.file)).length, 'the log has a checkpoint in it').toBeGreaterThan(10)
    const lost: string[] = []
    let cuts = 0
    for (const { folder, promised, at } of cutPower(trace, CUTS * factor)) {
      cuts++
      const file = join(folder, 'remy.db')
      lost.push(...(await lostFrom(file, promised)).map((what) => `at ${at} of ${deeds.length}: ${what}`))
    }
    expect(lost, `with seed ${seed}`).toEqual([])

    for (const { folder, promised } of cutPower(trace, BOOTS)) {
      house.env.DATABASE_URL = `file:${join(folder, 'remy.db')}`
      await house.boot()
      expect((await house.get('/ready')).status).toBe(200)
      await house.kill()
      expect(await lostFrom(join(folder, 'remy.db'), promised)).toEqual([])
    }
    report({ fault: 'power cut', rounds: cuts + BOOTS, lost: 'nothing', control: 'synchronous = NORMAL', seed })
  },
  180_000,
)

test.skipIf(why)(
  'control: with synchronous = NORMAL, power cuts lose updates that were answered',
  async () => {
    await using trace = await recordLife(broken('synchronous-normal'))
    let lost = 0
    for (const { folder, promised } of cutPower(trace, 40)) {
      lost += (await lostFrom(join(folder, 'remy.db'), promised)).filter((what) => what.startsWith('update')).length
    }
    expect(lost).toBeGreaterThan(0)
  },
  120_000,
)

/** A life of the real service from its first boot on, with all that it wrote and said. */
async function recordLife({ run, env }: Partial<ReturnType<typeof broken>> = {}) {
  const house = await build({ asleep: true, env: { TELEGRAM_ALLOWED_USER_IDS: people.join(), ...env } })
  try {
    const log = join(house.folder, 'strace.log')
    Object.assign(house.run, run, { wrapper: noteWrites(log) })
    await house.boot()
    for (let id = 1; id <= UPDATES; id++) {
      const text = id % 11 === 0 ? '/jobs' : id % 4 === 0 ? `Tell me of ${id}` : `/board question ${id}`
      const { status } = await postOnce(house, says(id, people[id % people.length] ?? 0, text))
      expect(status).toBe(200)
    }
    await house.until(
      () => house.rows("SELECT 1 FROM background_jobs WHERE status NOT IN ('done', 'failed')").length === 0,
      60_000,
    )
    process.kill(Number(house.rows<{ pid: number }>('SELECT pid FROM boots')[0]?.pid), 'SIGKILL')
    await house.ended()
    house.run.wrapper = []
    const deeds = readWriteLog(log, dirname(house.file))
    return { house, deeds, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() }
  } catch (error) {
    await house[Symbol.asyncDispose]()
    throw error
  }
}

type Life = Awaited<ReturnType<typeof recordLife>>

/** What somebody had been told by then. */
interface Promised {
  /** How many updates were answered 200, in the order in which they were sent. */
  answers: number
  started: Set<number>
  ended: Set<number>
}

/** Cuts the power at random moments, half of them right after something was answered or said, where most is at stake, some in the first boot. */
function* cutPower({ deeds, house }: Life, count: number) {
  const random = randomOf(seed)
  const said = deeds.flatMap((deed, index) => (deed.kind === 'said' ? [index + 1] : []))
  const pick = (from: number[]) => from[Math.floor(random() * from.length)] ?? 0
  const first = said[0] ?? 0 // the first boot lies before it
  const anywhere = (until: number) => 1 + Math.floor(random() * until)
  const moments = Array.from({ length: count }, (_, n) => (n % 2 ? pick(said) : anywhere(n % 8 ? deeds.length : first)))
  const mercies: Mercy[] = ['nothing', 'some writes', 'some sectors']
  const disk = createDisk(dirname(house.file))
  const promised: Promised = { answers: 0, started: new Set(), ended: new Set() }
  let done = 0
  for (const [n, at] of moments.sort((a, b) => a - b).entries()) {
    for (const deed of deeds.slice(done, at)) {
      disk.do(deed)
      if (deed.kind === 'said') note(promised, deed.bytes.toString())
    }
    done = at
    const folder = join(house.folder, `cut-${n}`)
    disk.cut(folder, mercies[n % mercies.length] ?? 'nothing', random)
    yield { folder, promised, at }
    rmSync(folder, { recursive: true })
  }
}

function note(promised: Promised, words: string): void {
  if (words.startsWith('HTTP/1.1 200')) promised.answers++
  for (const [, id] of words.matchAll(/(?:Started|Queued) #(\d+)/g)) promised.started.add(Number(id))
  for (const [, id] of words.matchAll(/✅ #(\d+) board/g)) promised.ended.add(Number(id))
}

/** What of the promises the database that a power cut left does not keep. */
async function lostFrom(file: string, { answers, started, ended }: Promised): Promise<string[]> {
  const db = await openDatabase(file)
  await db.close()
  const sqlite = new Sqlite(file, { readonly: true })
  try {
    const ids = (sql: string) => new Set(sqlite.prepare(sql).pluck().all() as number[]) // the id columns below
    const updates = ids('SELECT update_id FROM updates')
    const jobs = ids('SELECT id FROM background_jobs')
    const over = ids("SELECT id FROM background_jobs WHERE status = 'done'")
    const check = sqlite.pragma('integrity_check', { simple: true })
    return [
      ...Array.from({ length: answers }, (_, n) => n + 1).flatMap((id) =>
        updates.has(id) ? [] : [`update ${id} was answered`],
      ),
      ...[...started].flatMap((id) => (jobs.has(id) ? [] : [`job ${id} was acknowledged`])),
      ...[...ended].flatMap((id) => (over.has(id) ? [] : [`the result of job ${id} was sent`])),
      ...(check === 'ok' ? [] : [`integrity: ${check}`]),
    ]
  } finally {
    sqlite.close()
  }
}

const isCheckpoint = (file: string) => (deed: Deed) => deed.kind === 'write' && deed.path === file && deed.at > 0
