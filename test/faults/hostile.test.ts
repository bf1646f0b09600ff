import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { latestUserText } from '../../playground/messages-api/server.ts'
import { SECRET } from '../build.ts'
import type { Variant } from './broken.ts'
import { hostileUpdates, markOf, people, toBody } from './hostile-updates.ts'
import { type Rig, rig } from './rig.ts'
import { factor, report, seed } from './table.ts'

const UPDATES = 10_000 * factor
const AT_ONCE = 40
const fault = 'hostile updates: wrong types, missing parts, odd words, presses and chats of others'
const env = { TELEGRAM_ALLOWED_USER_IDS: people.map(({ id }) => id).join(), LOG_LEVEL: 'info', MAX_MODEL_CALLS: '40' }

/** Sends them about as Telegram does, forty at once. @returns how often each status was answered. */
async function send(house: Rig, updates: unknown[]): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  const waiting = [...updates]
  const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET }
  const sendSome = async () => {
    for (let update = waiting.pop(); update !== undefined; update = waiting.pop()) {
      const response = await fetch(`${house.url}/telegram/webhook`, { method: 'POST', headers, body: toBody(update) })
      await response.arrayBuffer()
      statuses.set(response.status, 1 + (statuses.get(response.status) ?? 0))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sendSome))
  return statuses
}

/** Whatever of one person's stands in the rows of another, in words. */
function crossings(house: Rig): string[] {
  const rows = [
    ...house.rows<{ owner: number; text: string }>('SELECT chat_id AS owner, payload AS text FROM deliveries'),
    ...house.rows<{ owner: number; text: string }>('SELECT user_id AS owner, input_text AS text FROM background_jobs'),
    ...house.rows<{ owner: number; text: string }>('SELECT user_id AS owner, content AS text FROM messages'),
  ]
  const found = rows.flatMap(({ owner, text }) => {
    const foreign = text.match(/mark(\d+)x/g)?.find((mark) => mark !== markOf(owner))
    return foreign ? [`${foreign} stands in what belongs to ${owner}`] : []
  })
  const strangers = house
    .rows<{ chat_id: number }>("SELECT DISTINCT chat_id FROM deliveries WHERE purpose <> 'refusal'")
    .filter(({ chat_id }) => !people.some(({ id }) => id === chat_id))
  return [...new Set(found), ...strangers.map(({ chat_id }) => `chat ${chat_id} was answered, which is nobody's`)]
}

/** Each of some people has a job of their own, which failed, before the rest begins. */
async function underHostility(house: Rig, count: number): Promise<Map<number, number>> {
  const answered = (text: string) => ({ text: `You said: ${text.match(/mark\d+x/g)?.join(' ') ?? 'nothing'}` })
  house.claude.when(({ system }) => JSON.stringify(system ?? '').includes('Role: Critic'), { fault: { kind: 'refusal' } })
  house.claude.when(
    () => true,
    (request) => answered(latestUserText(request)),
  )
  await house.start()
  for (const person of people.slice(0, 3)) house.telegram.say(person, `/board ${markOf(person.id)} and nobody else`)
  await house.until(() => house.rows("SELECT 1 FROM background_jobs WHERE status = 'failed'").length === 3)
  const statuses = await send(house, hostileUpdates(count, seed))
  await house.until(() => house.rows('SELECT 1 FROM updates WHERE handled_at IS NULL').length === 0, 90_000)
  return statuses
}

test('ten thousand of them: each gets an answer, the process lives, and nothing crosses from person to person', async () => {
  await using house = await rig({ env })
  const statuses = await underHostility(house, UPDATES)
  expect(
    [...statuses.keys()].filter((status) => status !== 200 && status !== 400),
    `seed ${seed}`,
  ).toEqual([])
  expect((statuses.get(200) ?? 0) + (statuses.get(400) ?? 0)).toBe(UPDATES)
  expect(crossings(house)).toEqual([])
  expect(house.rows('SELECT DISTINCT error FROM updates WHERE error IS NOT NULL')).toEqual([])
  const owners = house.rows<{ id: number; user_id: number; owner: number | null }>(
    'SELECT j.id, j.user_id, p.user_id AS owner FROM background_jobs j LEFT JOIN background_jobs p ON p.id = j.rerun_of',
  )
  expect(owners.filter(({ user_id, owner }) => owner !== null && owner !== user_id)).toEqual([])
  const last = people.at(-1) ?? { id: 0, first_name: '' }
  const before = house.rows('SELECT 1 FROM deliveries WHERE chat_id = ?', last.id).length
  house.telegram.say(last, '/jobs')
  await house.until(() => house.rows('SELECT 1 FROM deliveries WHERE chat_id = ?', last.id).length > before)
  house.signal('SIGTERM')
  house.signal('SIGTERM')
  expect(await house.ended()).toBe(0)
  report({ fault, rounds: UPDATES, lost: 'nothing', seed })
})

test('control: a service that believes whichever chat an update names is caught', async () => {
  const control: Variant = 'believes whichever chat is named'
  await using house = await rig({ env, broken: control })
  await underHostility(house, 2_000)
  expect(crossings(house).join('\n')).toMatch(/stands in what belongs to/)
  report({ fault, rounds: 0, lost: 'nothing', control })
})

/** How long a head and a body are listened to that come drop by drop; at most a little longer than is allowed. */
async function patienceOf(house: Rig): Promise<number[]> {
  const port = Number(new URL(house.url).port)
  const head = `POST /telegram/webhook HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: ${SECRET}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n`
  async function secondsUntilCut(begin: string, drop: string): Promise<number> {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    const began = performance.now()
    socket.write(begin)
    const dripping = setInterval(() => {
      if (performance.now() - began < 21_000) socket.write(drop)
      else socket.destroy()
    }, 500)
    socket.resume()
    await once(socket, 'close')
    clearInterval(dripping)
    return (performance.now() - began) / 1_000
  }
  return Promise.all([secondsUntilCut('POST /telegram/webhook HTTP/1.1\r\nX-A: ', 'a'), secondsUntilCut(`${head}{"a":"`, 'a')])
}

test('heads and bodies that come drop by drop are cut off after 15 to 20 seconds', async () => {
  const control: Variant = 'has all the patience'
  await using house = await rig()
  await using patient = await rig({ broken: control })
  await house.start()
  await patient.start()
  const [cut, uncut] = await Promise.all([patienceOf(house), patienceOf(patient)])
  for (const seconds of cut) {
    expect(seconds).toBeGreaterThan(14.5)
    expect(seconds).toBeLessThan(20)
  }
  expect(Math.min(...uncut)).toBeGreaterThan(20)
  expect((await house.get('/health')).status).toBe(200)
  report({ fault: 'slow heads and bodies: cut off after 15 to 20 s', rounds: 2, lost: 'nothing', control })
})
