import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ada, build, type House, SECRET } from './build.ts'

/** RACES=500 npx vitest run test/idle-race.test.ts runs so many; it says at its end how they went. */
const RACES = Number(process.env.RACES ?? 16)
const LANES = 4
const IDLE_MS = 1_000
const CLOSES = 'the listener closes'
const REOPENS = 'the listener opens again'

/** How an update reaches the service: on a connection that is made for it, that was used before, or that lies there unused. */
const ways = ['fresh', 'used', 'silent'] as const
type Way = (typeof ways)[number]
type Outcome = 'answered' | 'refused or cut off'

/** On a machine that is busy with something else the process may end before the race began. */
class TooLate extends Error {}

const env = { IDLE_EXIT_SECONDS: String(IDLE_MS / 1000) }
const times = (house: House, part: string) => house.log.filter((line) => line.includes(part)).length
/** What the end must not have left: who was answered would wait until somebody else wakes the service. */
const leftBehind = (house: House) =>
  house.rows(`SELECT 'update' AS what, update_id AS id FROM updates WHERE handled_at IS NULL AND payload IS NOT NULL
    UNION ALL SELECT 'message', id FROM deliveries WHERE state = 'pending'`)

function updateOf(id: number, text = '/jobs'): string {
  const from = { id: ada.id, is_bot: false, first_name: ada.first_name }
  const entities = text.startsWith('/') ? [{ type: 'bot_command', offset: 0, length: text.length }] : []
  const message = { message_id: id, date: 1_800_000_000, chat: { ...from, type: 'private' }, from, text, entities }
  return JSON.stringify({ update_id: id, message })
}

function requestOf(body: string): string {
  const head = `POST /telegram/webhook HTTP/1.1\r\nhost: remy\r\ncontent-type: application/json\r\n`
  return `${head}x-telegram-bot-api-secret-token: ${SECRET}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

function open(house: House): Socket {
  const { hostname, port } = new URL(house.url)
  return connect(Number(port), hostname)
    .setNoDelay(true)
    .on('error', () => {})
}

/** Sends the pieces with a pause between them, and reads until there is an answer or will never be one. */
async function exchange(socket: Socket, pieces: string[], pauseMs = 0): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  let read = ''
  const onData = (chunk: Buffer) => {
    read += String(chunk)
    if (read.startsWith('HTTP/1.1 200') && read.includes('\r\n\r\n')) resolve('answered')
  }
  socket.on('data', onData)
  socket.on('close', () => resolve('refused or cut off'))
  if (socket.destroyed) resolve('refused or cut off')
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await sleep(pauseMs)
    if (!socket.destroyed) socket.write(piece)
  }
  return promise.finally(() => socket.off('data', onData))
}

/** One race: the update sets out around the moment at which the process ends. Returns how it went. */
async function race(house: House, id: number, again: string[]): Promise<{ way: Way; outcome: Outcome }> {
  const way = ways[Math.floor(Math.random() * ways.length)] ?? 'fresh'
  const closes = times(house, CLOSES)
  const early = open(house)
  // What was refused comes again, as from Telegram; with it the time begins to count.
  const begin = async (socket: Socket, request: string) => {
    if ((await exchange(socket, [request])) !== 'answered') throw new TooLate()
  }
  for (const body of again) await begin(open(house), requestOf(body))
  const first = way === 'used' ? early : open(house)
  await begin(first, 'GET /openapi.json HTTP/1.1\r\nhost: remy\r\n\r\n')
  const begun = performance.now()
  // Now by the clock, and now by the word of the service, which is nearer to the moment and too late for a new connection.
  if (way !== 'fresh' && Math.random() < 0.5) await house.until(() => times(house, CLOSES) > closes)
  else await sleep(begun + IDLE_MS - performance.now() + Math.random() * 24 - 8)
  await sleep(Math.random() * 4)

  const request = requestOf(updateOf(id))
  const cut = Math.floor(Math.random() * request.length)
  const pieces = Math.random() < 0.5 ? [request] : [request.slice(0, cut), request.slice(cut)]
  const outcome = await exchange(way === 'fresh' ? open(house) : early, pieces, Math.random() * 10)
  if (first !== early) first.destroy()
  if (way === 'fresh') early.destroy()
  return { way, outcome }
}

test(
  `an update that races the end is refused or acted on: ${RACES} times`,
  async () => {
    const tally = new Map<string, number>()
    const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1)
    let left = RACES
    const lane = async (number: number) => {
      await using house = await build({ env })
      let again: string[] = []
      const answered = new Set<number>()
      for (let id = 1_000_000 * (number + 1); left-- > 0; id++) {
        const reopened = times(house, REOPENS)
        const ran = await race(house, id, again).catch((error) => {
          if (error instanceof TooLate) return undefined
          throw error
        })
        if (ran) {
          for (const body of again) answered.add(JSON.parse(body).update_id)
          again = ran.outcome === 'answered' ? [] : [updateOf(id)]
          if (ran.outcome === 'answered') answered.add(id)
        }
        expect(await house.ended()).toBe(0)
        const also = times(house, REOPENS) > reopened ? ', the listener opened again' : ''
        count(ran ? `${ran.way}: ${ran.outcome}${also}` : 'too late')
        expect(leftBehind(house), `update ${id}`).toEqual([])
        await house.boot()
      }
      const handled = house.rows<{ id: number }>('SELECT update_id AS id FROM updates WHERE handled_at IS NOT NULL')
      expect([...answered].filter((id) => !handled.some((row) => row.id === id))).toEqual([])
      expect(house.texts(ada)).toHaveLength(handled.length)
      expect(handled.length).toBeGreaterThanOrEqual(answered.size)
    }
    await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)))
    process.stdout.write(
      `${[...tally]
        .toSorted()
        .map(([what, count]) => `${count} × ${what}\n`)
        .join('')}`,
    )
  },
  RACES * 5_000,
)

/** A connection that was there before says something once nobody is listened to any more. */
async function speakInTheMiddle(house: House): Promise<Outcome> {
  const early = open(house)
  await house.until(() => times(house, CLOSES) > 0)
  return exchange(early, [requestOf(updateOf(1, 'Hello'))])
}

test('an update taken after the listener closed has it open again, and is answered before the end', async () => {
  await using house = await build({ env })
  expect(await speakInTheMiddle(house)).toBe('answered')
  await house.until(() => times(house, REOPENS) > 0)
  expect(await house.ended()).toBe(0)
  expect(house.texts(ada)).toHaveLength(1)
  expect(leftBehind(house)).toEqual([])
})

test('control: without the second look such an update is left behind, and it is seen', async () => {
  const entry = join(import.meta.dirname, 'faults', 'server-broken.ts')
  await using house = await build({ run: { entry }, env: { ...env, BROKEN: 'ends without a second look' } })
  expect(await speakInTheMiddle(house)).toBe('answered')
  expect(await house.ended()).toBe(0)
  expect(leftBehind(house)).toContainEqual({ what: 'update', id: 1 })
  // It is not lost for good: the next boot acts on it.
  await house.boot()
  await house.until(() => house.texts(ada).length === 1)
})
