import { expect, test } from 'vitest'
import { ada, build, type House, INSPECTION_TOKEN } from './build.ts'

const asCritic = (request: { system?: unknown }) => JSON.stringify(request.system ?? '').includes('Role: Critic')

interface Event {
  id: number
  event: string
  data: Record<string, unknown>
}

/** Follows a job as an EventSource does; `events` are those that came, `ended` resolves with whether the end was a polite one. */
async function follow(house: House, id: number, lastEventId?: number) {
  const stop = new AbortController()
  const resume = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }
  const headers = { authorization: `Bearer ${INSPECTION_TOKEN}`, ...resume }
  const response = await fetch(`${house.url}/jobs/${id}/events`, { headers, signal: stop.signal })
  const events: Event[] = []
  const read = async () => {
    let text = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (text + chunk).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const [, eventId, event = '', data = ''] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block) ?? []
        if (eventId) events.push({ id: Number(eventId), event, data: JSON.parse(data) })
      }
    }
    return text === ''
  }
  return { response, events, ended: read().catch(() => false), stop: () => stop.abort() }
}

const rowsOf = (house: House, id: number) =>
  house.rows<{ id: number; type: string }>('SELECT id, type FROM job_events WHERE job_id = ? ORDER BY id', id)
const inShort = (events: Event[]) => events.map(({ id, event }) => ({ id, type: event }))

test('events of a job come as they happen, each once, and end with it', async () => {
  await using house = await build()
  house.claude.when(asCritic, { fault: { kind: 'pings-only', everyMs: 50 } })
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.job(1))
  const live = await follow(house, 1)
  expect(live.response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  await house.until(() => live.events.filter(({ event }) => event === 'step').length === 4)
  expect(live.events.slice(0, 2).map(({ data }) => data.status)).toEqual(['queued', 'running'])
  house.telegram.say(ada, '/cancel 1')
  expect(await live.ended).toBe(true)
  expect(inShort(live.events)).toEqual(rowsOf(house, 1))
  expect(live.events.at(-1)).toMatchObject({ event: 'transition', data: { status: 'failed' } })

  const { body } = await house.get('/jobs/1')
  const told = (event: string) => live.events.filter((each) => each.event === event).map(({ data }) => data)
  expect(told('transition')).toEqual(body.transitions)
  expect(told('step')).toEqual(body.steps.map(({ usage, ...step }: { usage: unknown }) => step))
})

test('events go on after a SIGKILL and a boot from the last that was read', async () => {
  await using house = await build()
  house.claude.when(asCritic, { fault: { kind: 'pings-only', everyMs: 50 } })
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.job(1))
  const before = await follow(house, 1)
  await house.until(() => before.events.filter(({ event }) => event === 'step').length === 4)
  await house.kill()
  expect(await before.ended).toBe(false)
  await house.boot()
  const last = before.events.at(-1)?.id
  const after = await follow(house, 1, last)
  expect(await after.ended).toBe(true)
  expect(after.events.length).toBeGreaterThan(0)
  expect(inShort([...before.events, ...after.events])).toEqual(rowsOf(house, 1))
  expect(after.events.at(-1)?.data.status).toBe('failed')

  const middle = await follow(house, 1, before.events[2]?.id)
  expect(await middle.ended).toBe(true)
  expect(inShort(middle.events)).toEqual(rowsOf(house, 1).slice(3))
  const over = await follow(house, 1, after.events.at(-1)?.id)
  expect([over.response.status, await over.ended, over.events]).toEqual([204, true, []])
})

test('of many readers side by side none loses an event and none gets one twice', async () => {
  await using house = await build()
  house.claude.when(asCritic, { fault: { kind: 'pings-only', everyMs: 50 } })
  house.telegram.say(ada, '/board Should I move?')
  const readers: Awaited<ReturnType<typeof follow>>[] = []
  await house.until(() => house.job(1))
  for (let count = 0; count < 20; count += 1) readers.push(await follow(house, 1, count % 2 ? undefined : 0))
  await house.until(() => readers.every(({ events }) => events.filter(({ event }) => event === 'step').length === 4))
  house.telegram.say(ada, '/cancel 1')
  for (const reader of readers) {
    expect(await reader.ended).toBe(true)
    expect(inShort(reader.events)).toEqual(rowsOf(house, 1))
  }
})

test('a job that is not there is 404, a number that is none 400, without a token 401', async () => {
  await using house = await build()
  expect((await house.get('/jobs/1/events')).status).toBe(404)
  expect((await house.get('/jobs/x/events')).status).toBe(400)
  expect((await house.get('/jobs/1/events', {})).status).toBe(401)
  house.telegram.say(ada, '/board Go?')
  await house.until(() => house.job(1)?.completed_at)
  const headers = { authorization: `Bearer ${INSPECTION_TOKEN}`, 'last-event-id': 'abc' }
  expect((await house.get('/jobs/1/events', headers)).status).toBe(400)
})

test('a stop ends the streams politely and in time, and those that nobody reads too', async () => {
  await using house = await build({ env: { SHUTDOWN_GRACE_SECONDS: '0' } })
  house.claude.when(asCritic, { fault: { kind: 'pings-only', everyMs: 50 } })
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.job(1))
  const reader = await follow(house, 1)
  const headers = { authorization: `Bearer ${INSPECTION_TOKEN}` }
  const sleeper = await fetch(`${house.url}/jobs/1/events`, { headers })
  await house.until(() => reader.events.filter(({ event }) => event === 'step').length === 4)
  house.signal('SIGTERM')
  expect(await reader.ended).toBe(true)
  expect(await house.ended()).toBe(0)
  await sleeper.body?.cancel().catch(() => {})
})
