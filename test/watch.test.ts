import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { type Database, openDatabase } from '../db/open.ts'
import { createObservations } from '../src/observations.ts'
import { createAlarm } from '../src/telegram/alarm.ts'
import { Api } from '../src/telegram/api.ts'
import type { WebhookStanding } from '../src/telegram/webhook-standing.ts'
import { type CheckParts, createChecks } from '../src/watch/checks.ts'
import { watchClaude } from '../src/watch/claude-health.ts'
import { type Alarm, type Check, createWatch, type Finding } from '../src/watch/watch.ts'
import { ada, ben, build, type House } from './build.ts'

const MINUTE = 60_000
const patienceMs = 10 * MINUTE
const calmMs = 5 * MINUTE
/** All that the tests need of a clock is that it is there. */
const inWords = () => '14:32'
const log = { info() {}, warn() {}, error() {} }

/** A clock that stands until it is moved, and an alarm that remembers what it told. */
function rig(checks: Check[], told = new Map<string, boolean>(), start = Date.now()) {
  const clock = { now: start }
  const texts: string[] = []
  const alarm: Alarm = {
    async tell(name, text, isTrouble) {
      texts.push(text)
      told.set(name, isTrouble)
    },
    wasTold: async (name) => told.get(name) ?? false,
  }
  const watch = createWatch({ checks, alarm, patienceMs, calmMs, inWords, now: () => clock.now, log })
  return {
    clock,
    watch,
    texts,
    told,
    /** Looks every minute, for so many. */
    async minutes(count: number) {
      for (let minute = 0; minute < count; minute++) {
        await watch.look()
        clock.now += MINUTE
      }
    },
  }
}

function switchable(name = 'thing') {
  const state: { finding: Finding } = { finding: { is: 'right' } }
  const check: Check = {
    name,
    trouble: 'The thing has been broken',
    again: 'The thing works again',
    look: async () => state.finding,
  }
  return { state, check }
}

test('what stays wrong is told once after ten minutes, and again only after it was right in between', async () => {
  const { state, check } = switchable()
  const { minutes, texts, watch } = rig([check])
  await minutes(30)
  state.finding = { is: 'wrong', detail: 'in two' }
  await minutes(10)
  expect(texts).toEqual([])
  expect(watch.troubles()).toEqual(['The thing has been broken since 14:32 (in two)'])
  await minutes(60)
  expect(texts).toEqual(['⚠️ The thing has been broken since 14:32 (in two).'])
  state.finding = { is: 'right' }
  await minutes(5)
  expect(texts).toHaveLength(1)
  await minutes(5)
  expect(texts).toEqual(['⚠️ The thing has been broken since 14:32 (in two).', '✅ The thing works again.'])
  expect(watch.troubles()).toEqual([])
  state.finding = { is: 'wrong' }
  await minutes(11)
  expect(texts.slice(2)).toEqual(['⚠️ The thing has been broken since 14:32.'])
})

test('what comes and goes within ten minutes is not told; an unknown state changes nothing', async () => {
  const { state, check } = switchable()
  const { minutes, texts } = rig([check])
  for (let time = 0; time < 5; time++) {
    state.finding = { is: 'wrong' }
    await minutes(9)
    state.finding = { is: 'right' }
    await minutes(1)
  }
  expect(texts).toEqual([])
  state.finding = { is: 'wrong' }
  await minutes(5)
  state.finding = { is: 'unknown' }
  await minutes(5)
  state.finding = { is: 'wrong' }
  await minutes(1)
  expect(texts).toEqual(['⚠️ The thing has been broken since 14:32.'])
  state.finding = { is: 'unknown' }
  await minutes(5)
  expect(texts).toHaveLength(1)
})

test('what comes and goes once it is told is one trouble', async () => {
  const { state, check } = switchable()
  const { minutes, texts, watch } = rig([check])
  for (let time = 0; time < 10; time++) {
    state.finding = { is: 'wrong' }
    await minutes(15)
    expect(watch.troubles()).toHaveLength(1)
    state.finding = { is: 'right' }
    await minutes(4)
    expect(watch.troubles()).toEqual([])
  }
  expect(texts).toEqual(['⚠️ The thing has been broken since 14:32.'])
  await minutes(10)
  expect(texts.slice(1)).toEqual(['✅ The thing works again.'])
})

test('a restart tells no trouble twice, and tells its end', async () => {
  const { state, check } = switchable()
  state.finding = { is: 'wrong' }
  const before = rig([check])
  await before.minutes(11)
  expect(before.texts).toHaveLength(1)
  const after = rig([check], before.told)
  await after.minutes(30)
  expect(after.texts).toEqual([])
  state.finding = { is: 'right' }
  await after.minutes(6)
  expect(after.texts).toEqual(['✅ The thing works again.'])
})

test('a process that has just begun calls nothing right of which it knows nothing', async () => {
  await using house = await build({ asleep: true })
  const observations = createObservations((error) => {
    throw error
  })
  const told = new Map(['webhook', 'claude', 'queue'].map((name) => [name, true]))
  const young = () => ({ at: new Date(), message: 'Connection refused' })
  let standing: WebhookStanding = { pending: 5, lastError: young() }
  let draining = true
  const { db, of } = await checksOn(house, {
    claude: watchClaude(observations, Date.now),
    webhook: async () => standing,
    isDraining: () => draining,
  })
  try {
    const { minutes, texts } = rig([...of('webhook'), ...of('claude'), ...of('queue')], told)
    await minutes(1)
    standing = { pending: 7, lastError: young() }
    await minutes(8)
    expect(texts).toEqual([])
    standing = { pending: 0, lastError: young() }
    observations.tell('claudeAnswered', { model: 'm', status: '200', durationMs: 1 })
    draining = false
    await minutes(6)
    expect(texts.toSorted()).toEqual([
      '✅ Claude answers again.',
      '✅ Telegram delivers what people write again.',
      '✅ The job queue moves again.',
    ])
  } finally {
    await db.close()
  }
})

test('one that cannot be told is tried again, and a check that throws holds up no other', async () => {
  const { state, check } = switchable()
  const thrower: Check = { ...check, name: 'thrower', look: () => Promise.reject(new Error('no')) }
  state.finding = { is: 'wrong' }
  let tries = 0
  const alarm: Alarm = {
    async tell() {
      tries += 1
      if (tries < 3) throw new Error('not now')
    },
    wasTold: async () => false,
  }
  let now = 0
  const watch = createWatch({ checks: [thrower, check], alarm, patienceMs, calmMs, inWords, now: () => now, log })
  for (; now < 30 * MINUTE; now += MINUTE) await watch.look()
  expect(tries).toBe(3)
})

/** The checks on a real database, with everything else as the test has it. */
async function checksOn(house: House, parts: Partial<CheckParts> = {}) {
  const db = await openDatabase(house.file)
  const checks = createChecks({
    db,
    write: () => db.settings.set('written', 'yes'),
    databaseFile: house.file,
    webhook: async () => undefined,
    claude: () => ({ is: 'unknown' }),
    jobTimeoutMs: 15 * MINUTE,
    isDraining: () => false,
    patienceMs,
    ...parts,
  })
  return { db, of: (name: string) => checks.filter((check) => check.name === name) }
}

const message = { messageThreadId: null, jobId: null, purpose: 'reply', part: 1, method: 'sendMessage', payload: '{}' } as const

test('a message that waits for ten minutes is told, but not one that Telegram holds back', async () => {
  await using house = await build({ asleep: true })
  const { db, of } = await checksOn(house)
  try {
    const { minutes, texts, clock } = rig(of('delivery'))
    const [held = 0, behind = 0] = await db.deliveries.add([
      { ...message, chatId: ada.id },
      { ...message, chatId: ada.id },
    ])
    await db.deliveries.postpone(held, 1, new Date(clock.now + 60 * MINUTE), '429: Too Many Requests: retry after 3600')
    await minutes(59)
    expect(texts).toEqual([])
    await minutes(13) // Telegram would take it now
    expect(texts).toEqual(['⚠️ Messages have waited to be sent since 14:32.'])
    await db.deliveries.setSent(held, 2, 1)
    await db.deliveries.setSent(behind, 1, 2)
    await minutes(6)
    expect(texts).toEqual(['⚠️ Messages have waited to be sent since 14:32.', '✅ Messages are sent again.'])

    const [unreachable = 0] = await db.deliveries.add([{ ...message, chatId: ben.id }])
    await db.deliveries.postpone(unreachable, 9, new Date(clock.now + 60 * MINUTE), 'sendMessage: no connection')
    await minutes(1)
    expect(texts.at(-1)).toBe('⚠️ Messages have waited to be sent since 14:32.')
  } finally {
    await db.close()
  }
})

test('a queue in which nothing runs is told, and so is a job beyond its deadline; not while the service drains', async () => {
  await using house = await build({ asleep: true })
  let draining = true
  const { db, of } = await checksOn(house, { isDraining: () => draining })
  try {
    const { minutes, texts } = rig(of('queue'))
    await addJob(db, 1)
    await minutes(20)
    expect(texts).toEqual([])
    draining = false
    await minutes(11)
    expect(texts).toEqual(['⚠️ The job queue has stood still since 14:32 (1 waiting, none running).'])
    await db.jobs.setRunning(1, 'boot')
    const running = rig(of('queue'))
    await running.minutes(25)
    expect(running.texts).toEqual([])
    await running.minutes(2)
    expect(running.texts).toEqual(['⚠️ The job queue has stood still since 14:32 (a job runs beyond its deadline).'])
  } finally {
    await db.close()
  }
})

async function addJob(db: Database, updateId: number): Promise<void> {
  const origin = { chatId: ada.id, messageThreadId: null, requestMessageId: null, updateId }
  await db.jobs.create({ userId: ada.id, jobType: 'board', inputText: 'x', ...origin })
}

test('a webhook that fails is told while ever more waits, and not for an error of yesterday', async () => {
  await using house = await build({ asleep: true })
  const clock = { now: Date.now() }
  let standing: WebhookStanding | undefined = { pending: 0, lastError: undefined }
  const { db, of } = await checksOn(house, { webhook: async () => standing })
  try {
    const { minutes, texts, ...watched } = rig(of('webhook'), new Map(), clock.now)
    await minutes(2)
    standing = { pending: 3, lastError: { at: new Date(watched.clock.now - 24 * 60 * MINUTE), message: 'old' } }
    await minutes(20)
    expect(texts).toEqual([])
    for (let pending = 4; pending < 16; pending++) {
      standing = { pending, lastError: { at: new Date(watched.clock.now), message: 'Connection refused' } }
      await minutes(1)
    }
    expect(texts).toEqual([
      expect.stringMatching(
        /^⚠️ Telegram could not deliver what people write since 14:32 \(\d+ waiting; Connection refused\)\.$/,
      ),
    ])
    standing = undefined // Telegram does not answer
    await minutes(20)
    expect(texts).toHaveLength(1)
    standing = { pending: 0, lastError: { at: new Date(watched.clock.now), message: 'Connection refused' } }
    await minutes(6)
    expect(texts.at(-1)).toBe('✅ Telegram delivers what people write again.')
  } finally {
    await db.close()
  }
})

test('a Claude that fails every call is told, and one good call ends it; what we ended ourselves says nothing', async () => {
  await using house = await build({ asleep: true })
  const clock = { now: Date.now() }
  const observations = createObservations((error) => {
    throw error
  })
  const { db, of } = await checksOn(house, { claude: watchClaude(observations, () => clock.now) })
  const call = (status: string) => observations.tell('claudeAnswered', { model: 'm', status, durationMs: 1 })
  try {
    const { minutes, texts } = rig(of('claude'), new Map(), clock.now)
    for (const status of ['aborted', 'aborted', 'aborted', '529', '529']) call(status)
    await minutes(20)
    expect(texts).toEqual([])
    call('401')
    await minutes(1)
    expect(texts).toEqual(['⚠️ Claude has failed every call since 14:32 (the last one: 401).'])
    call('200')
    await minutes(6)
    expect(texts.at(-1)).toBe('✅ Claude answers again.')
  } finally {
    await db.close()
  }
})

test('a database that takes no writes is told directly, past the outbox, and its end through it', async () => {
  await using house = await build({ asleep: true })
  house.telegram.say(ada, 'Hello') // a bot cannot write first
  const { db, of } = await checksOn(house)
  const beside = new Sqlite(house.file)
  try {
    const api = new Api(house.telegram.token, house.telegram.url)
    let now = 0
    const alarm = createAlarm({ db, api, ownerUserId: ada.id })
    const watch = createWatch({ checks: of('database'), alarm, patienceMs, calmMs, inWords, now: () => now, log })
    await watch.look()
    beside.exec('BEGIN IMMEDIATE')
    for (const end = now + 12 * MINUTE; now < end; now += 6 * MINUTE) await watch.look()
    await watch.look()
    expect(house.texts(ada)).toEqual(['⚠️ The database has taken no writes since 14:32 (SQLITE_BUSY).'])
    beside.exec('COMMIT')
    await watch.look()
    now += 6 * MINUTE
    await watch.look()
    expect(house.rows('SELECT chat_id, payload FROM deliveries')).toEqual([
      { chat_id: ada.id, payload: expect.stringContaining('✅ The database takes writes again.') },
    ])
    expect(house.texts(ada)).toHaveLength(1)
  } finally {
    beside.close()
    await db.close()
  }
})

test('an alarm goes through the outbox in one commit with the note that it is told', async () => {
  await using house = await build({ asleep: true })
  const { db } = await checksOn(house)
  try {
    const alarm = createAlarm({ db, api: new Api(house.telegram.token, house.telegram.url), ownerUserId: ada.id })
    expect(await alarm.wasTold('disk')).toBe(false)
    await alarm.tell('disk', '⚠️ The disk is nearly full.', true)
    expect(await alarm.wasTold('disk')).toBe(true)
    expect(house.rows('SELECT chat_id, state FROM deliveries')).toEqual([{ chat_id: ada.id, state: 'pending' }])
    await alarm.tell('disk', '✅ The disk has room again.', false)
    expect(await alarm.wasTold('disk')).toBe(false)
  } finally {
    await db.close()
  }
})
