import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ada, ben, SECRET, spawnServer } from '../build.ts'
import { asCritic } from '../waiting-board.ts'
import type { Variant } from './broken.ts'
import { can, smallDisk } from './machine.ts'
import { type Rig, rig } from './rig.ts'
import { report, skipped } from './table.ts'

const AT_ONCE = 40

/** A message to the bot, long enough to need room. */
function updateOf(house: Rig, person: typeof ada, text: string) {
  const update_id = house.telegram.nextUpdateId()
  const chat = { id: person.id, type: 'private' }
  return { update_id, message: { message_id: update_id, date: 1, from: { ...person, is_bot: false }, chat, text } }
}

/** Forty updates at once, as Telegram sends them: how each was answered, and the longest that anybody else waited meanwhile. */
async function manyAtOnce(house: Rig) {
  const updates = Array.from({ length: AT_ONCE }, (_, n) => updateOf(house, n % 2 ? ada : ben, `/nothing ${'x'.repeat(3_000)}`))
  let isOver = false
  let longestMs = 0
  const watching = (async () => {
    while (!isOver) {
      const asked = performance.now()
      await (await fetch(`${house.url}/health`)).arrayBuffer()
      longestMs = Math.max(longestMs, performance.now() - asked)
    }
  })()
  const answers = await Promise.all(
    updates.map(async (update) => {
      const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET }
      const response = await fetch(`${house.url}/telegram/webhook`, { method: 'POST', headers, body: JSON.stringify(update) })
      await response.arrayBuffer()
      if (response.status === 200) house.seen.answered.set(update.update_id, update)
      return { update, status: response.status, retryAfter: response.headers.get('retry-after') }
    }),
  )
  isOver = true
  await watching
  return { answers, longestMs }
}

/** A board that waits for its verdict, and whoever lets it come. */
async function boardThatWaits(house: Rig) {
  const gate = house.claude.gate()
  house.claude.when(asCritic, { text: 'The verdict at last.', hold: gate.promise })
  house.telegram.say(ada, '/board One question')
  await house.heard(ada, 'Started #1')
  await house.until(() => house.claude.requests.some(({ body }) => asCritic(body)))
  return gate
}

/** The disk takes nothing while `hurt` holds: what the service says then, and that all goes on once it is healed. */
async function throughATrouble(house: Rig, hurt: () => void, heal: () => void): Promise<void> {
  const gate = await boardThatWaits(house)
  hurt()
  const { answers, longestMs } = await manyAtOnce(house)
  const refused = answers.filter(({ status }) => status !== 200)
  expect(refused.length).toBeGreaterThan(0)
  expect(new Set(refused.map(({ status, retryAfter }) => `${status}, again in ${retryAfter}`))).toEqual(
    new Set(['503, again in 5']),
  )
  expect(longestMs).toBeLessThan(1_000) // the promise of the event loop
  expect((await house.get('/ready')).status).toBe(503)
  gate.open() // the board ends while its end cannot be stored
  await house.until(() => house.claude.inFlight === 0)
  heal()
  await house.until(() => house.job(1)?.status === 'done')
  expect((await house.get('/ready')).status).toBe(200)
  for (const { update } of refused) expect(await house.post(update)).toBe(200)
  await house.rest(60_000)
  expect(await house.violations()).toEqual([])
  expect(house.texts(ada).filter((text) => text.startsWith('✅ #1 board'))).toHaveLength(1)
}

test('a full disk: 503 and never a false 200, red, and all goes on once there is room', async () => {
  const fault = 'disk full'
  if (!can.mount) return skipped(fault, 'no disk can be mounted')
  using disk = smallDisk(8)
  await using house = await rig({ file: join(disk.path, 'remy.db') })
  await house.start()
  await throughATrouble(house, disk.fill, disk.makeRoom)
  await house.die()
  report({ fault, rounds: 1, lost: 'nothing' })
})

test('another program that writes: the same, and nobody waits for it', async () => {
  await using house = await rig()
  await house.start()
  const other = new Sqlite(house.file)
  await throughATrouble(
    house,
    () => other.exec('BEGIN IMMEDIATE'),
    () => other.exec('COMMIT'),
  )
  other.close()
  report({ fault: 'second writer holding the lock', rounds: 1, lost: 'nothing' })
})

test('control: a service that answers before it stores is caught while another program writes', async () => {
  const control: Variant = 'answers before it stores'
  await using house = await rig({ broken: control })
  await house.start()
  const other = new Sqlite(house.file)
  other.exec('BEGIN IMMEDIATE')
  const { answers } = await manyAtOnce(house)
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(AT_ONCE)
  await house.until(() => house.log.some((line) => line.includes('SQLITE_BUSY')))
  await house.die()
  other.exec('COMMIT')
  other.close()
  await house.start()
  await house.rest(3_000)
  expect((await house.violations()).join('\n')).toMatch(/answered 200 and is not on disk/)
  report({ fault: 'second writer holding the lock', rounds: 0, lost: 'nothing', control })
  report({ fault: 'disk full', rounds: 0, lost: 'nothing', control })
})

test('a second process on the same file is refused, and the first goes on', async () => {
  await using house = await rig()
  await house.start()
  const log: string[] = []
  expect(await spawnServer(house.env, house.folder, log).ended).toBe(75)
  expect(log.join('\n')).toContain('is in use by another Remy')
  house.telegram.say(ada, '/jobs')
  await house.rest()
  expect(await house.violations()).toEqual([])
  report({ fault: 'second process', rounds: 1, lost: 'nothing' })
})

test('control: without the lock a second process starts beside the first', async () => {
  const control: Variant = 'takes no lock'
  await using house = await rig({ broken: control })
  await house.start()
  await using second = await rig({ broken: control, file: house.file })
  await second.start()
  expect((await house.get('/health')).body.boot_id).not.toBe((await second.get('/health')).body.boot_id)
  report({ fault: 'second process', rounds: 0, lost: 'nothing', control })
})

test.each([
  ['damaged', (file: string) => damage(file)],
  ['taken away', (file: string) => renameSync(file, `${file}.elsewhere`)],
  ['robbed of its log', (file: string) => renameSync(`${file}-wal`, `${file}-elsewhere`)],
])('a file that is %s while the service runs ends it with an error, before more is answered', async (how, spoil) => {
  await using house = await rig()
  await house.start()
  house.telegram.say(ada, '/board One question')
  await house.heard(ada, '✅ #1 board')
  await house.rest()
  spoil(house.file)
  // Until it is noticed, which is at the latest when something is to be written.
  for (let n = 0; n < 50 && house.process().exitCode === null; n++) {
    const status = await house.post(updateOf(house, ada, '/jobs'))
    if (status !== 200) break
    if (how !== 'damaged') throw new Error('An update was answered 200 that nobody will ever find')
  }
  expect(await house.ended()).toBe(1)
  expect(house.log.some((line) => line.includes('can no longer be trusted'))).toBe(true)
  report({ fault: 'a file that is damaged or taken away while it is open: the service ends', rounds: 1, lost: 'nothing' })
})

test('control: a service that trusts its file whatever becomes of it is caught', async () => {
  const control: Variant = 'trusts its file whatever becomes of it'
  await using house = await rig({ broken: control })
  await house.start()
  renameSync(house.file, `${house.file}.elsewhere`)
  expect(await house.post(updateOf(house, ada, '/jobs'))).toBe(503)
  expect((await house.get('/health')).status).toBe(200) // and lives on
  report({
    fault: 'a file that is damaged or taken away while it is open: the service ends',
    rounds: 0,
    lost: 'nothing',
    control,
  })
})

/** Fills every page but the first with noise, and the log behind its header; and makes the service read them again. */
function damage(file: string): void {
  const other = new Sqlite(file)
  other.exec("INSERT INTO settings (key, value) VALUES ('anything', 'so that what others hold in memory is out of date')")
  for (const [path, from] of [
    [file, 4_096],
    [`${file}-wal`, 32],
  ] as const) {
    const handle = openSync(path, 'r+')
    writeSync(handle, Buffer.alloc(statSync(path).size - from, 0xa5), 0, statSync(path).size - from, from)
    closeSync(handle)
  }
  other.close()
}
