import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { openDatabase } from '../../db/open.ts'
import { ada, ben } from '../build.ts'
import type { Variant } from './broken.ts'
import { can } from './machine.ts'
import { createDisk } from './power-cut.ts'
import { createRandom } from './random.ts'
import { rig } from './rig.ts'
import { factor, report, seed, skipped } from './table.ts'
import { killTraced, trace } from './traced.ts'
import { readLog, traceOptions, type WriteEvent } from './write-log.ts'

const fault = 'power cut: what was written and not synced is gone or torn'
const CUTS = 400 * factor
const UPDATES = 44
/** Every so manieth cut falls into the first start, before anything was answered. */
const EARLY_EVERY = 5
/** In so many of them the whole of openDatabase is gone through, with its checks and its migrations. */
const OPENED_EVERY = 10

/** Everything that a service wrote and told from its first start on, and the updates that it answered 200, in order. */
async function recorded(broken?: Variant): Promise<{ events: WriteEvent[]; answered: number[] }> {
  await using house = await rig({ broken })
  const log = join(house.folder, 'strace.log')
  trace(house, ...traceOptions(log))
  const answered: number[] = []
  let boards = 0
  try {
    await house.start()
    for (let n = 0; n < UPDATES; n++) {
      const update_id = house.telegram.nextUpdateId()
      const person = n % 3 ? ada : ben
      const text = n % 9 === 0 ? '/jobs' : n % 4 === 1 ? `Tell me of ${n}` : `/board Question ${n}`
      boards += text.startsWith('/board') ? 1 : 0
      const chat = { id: person.id, type: 'private' }
      const message = { message_id: update_id, date: 1, from: { ...person, is_bot: false }, chat, text }
      if ((await house.post({ update_id, message })) === 200) answered.push(update_id)
    }
    await house.until(() => house.rows("SELECT 1 FROM background_jobs WHERE status = 'done'").length === boards, 60_000)
  } finally {
    await killTraced(house)
  }
  const events = readLog(readFileSync(log, 'utf8'), dirname(house.file))
  const isNoise = (path: string) => path.endsWith('-shm') || path.includes('.lock')
  return { answered, events: events.filter((event) => !('path' in event && isNoise(event.path))) }
}

/** What one cut has lost, in words. */
async function lostBy(events: WriteEvent[], answered: number[], folder: string, isOpened: boolean): Promise<string[]> {
  const told = events.flatMap((event) => (event.kind === 'told' ? [event.text] : []))
  const due = answered.slice(0, told.filter((text) => text.startsWith('HTTP/1.1 200')).length)
  const jobs = told.flatMap((text) => /"text":"(?:Started|Queued) #(\d+)/.exec(text)?.[1] ?? [])
  const results = told.flatMap((text) => /sendMessage[\s\S]+✅ #(\d+)/.exec(text)?.[1] ?? [])
  const file = join(folder, 'remy.db')
  try {
    // Before the first answer there is nothing to be lost, but a start that must not stay refused.
    if (isOpened || due.length === 0) await (await openDatabase(file)).close()
    const db = new Sqlite(file, { fileMustExist: true })
    const updates = new Set(db.prepare('SELECT update_id FROM updates').pluck().all())
    const statuses = new Map(db.prepare('SELECT id, status FROM background_jobs').raw().all() as [number, string][])
    const integrity = db.pragma('integrity_check', { simple: true })
    db.close()
    return [
      ...due.filter((id) => !updates.has(id)).map((id) => `update ${id}`),
      ...jobs.filter((id) => !statuses.has(Number(id))).map((id) => `job ${id}`),
      ...results.filter((id) => statuses.get(Number(id)) !== 'done').map((id) => `the result of job ${id}`),
      ...(integrity === 'ok' ? [] : [`the file: ${integrity}`]),
    ]
  } catch (error) {
    return [`the file: ${error}`]
  }
}

/** Cuts at random moments. @returns how many cuts lost something, and what, of the first of them. */
async function cuts(count: number, broken?: Variant) {
  const { events, answered } = await recorded(broken)
  expect(answered).toHaveLength(UPDATES)
  expect(events.filter(({ kind }) => kind === 'told').length).toBeGreaterThan(UPDATES)
  const early = events.findIndex((event) => event.kind === 'told')
  const isOfCheckpoint = (event: WriteEvent) => event.kind === 'write' && event.path.endsWith('.db') && event.offset > 0
  expect(events.slice(early).filter(isOfCheckpoint).length, 'a checkpoint is among what is cut').toBeGreaterThan(10)
  const random = createRandom(seed)
  const folder = join('/tmp', `remy-power-${process.pid}`)
  let losing = 0
  let example = ''
  const moments = Array.from({ length: count }, (_, cut) => 1 + random.below(cut % EARLY_EVERY ? events.length : early))
  const disk = createDisk()
  let done = 0
  for (const [cut, moment] of moments.sort((one, other) => one - other).entries()) {
    for (const event of events.slice(done, moment)) disk.do(event)
    done = moment
    rmSync(folder, { recursive: true, force: true })
    disk.cut(folder, random)
    const lost = await lostBy(events.slice(0, moment), answered, folder, cut % OPENED_EVERY === 0)
    if (lost.length > 0) losing += 1
    example ||= lost.join(', ')
  }
  rmSync(folder, { recursive: true, force: true })
  return { losing, example }
}

test('after a power cut at any moment, what was answered or told is there', async () => {
  if (!can.strace) return skipped(fault, 'strace does not work')
  expect(await cuts(CUTS), `seed ${seed}`).toEqual({ losing: 0, example: '' })
  report({ fault, rounds: CUTS, lost: 'nothing', seed })
})

test('control: with synchronous = NORMAL the same cuts lose what was answered', async () => {
  if (!can.strace) return skipped(fault, 'strace does not work')
  const control = 'syncs now and then'
  const { losing, example } = await cuts(60, control)
  expect(losing).toBeGreaterThan(10)
  expect(example).toMatch(/update \d+/)
  report({ fault, rounds: 0, lost: 'nothing', control })
})
