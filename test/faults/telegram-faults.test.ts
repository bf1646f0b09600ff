import { expect, test } from 'vitest'
import type { Fault } from '../../playground/bot-api/faults.ts'
import type { Person } from '../../playground/bot-api/state.ts'
import { asCritic } from '../waiting-board.ts'
import type { Variant } from './broken.ts'
import { crowd, letIn, rounds } from './load.ts'
import { type Rig, rig } from './rig.ts'
import { report } from './table.ts'

const RETRY_AFTER_SECONDS = 2
const no = (error_code: number, description: string): Fault => ({ kind: 'refuse', error_code, description })

/** What a call meets, and how often in a row; the service gives up a call without an answer after 20 s. */
const faults: { name: string; fault: Fault; times: number }[] = [
  { name: '429', fault: { kind: 'rate-limit', retryAfter: RETRY_AFTER_SECONDS }, times: 2 },
  { name: '500', fault: { kind: 'server-error' }, times: 2 },
  { name: '502', fault: { kind: 'server-error', status: 502 }, times: 2 },
  { name: 'reset', fault: { kind: 'reset' }, times: 2 },
  { name: 'HTML instead of JSON', fault: { kind: 'html' }, times: 2 },
  { name: 'answer truncated after the send', fault: { kind: 'truncated' }, times: 2 },
  { name: 'answer lost after the send', fault: { kind: 'lost' }, times: 2 },
  { name: 'no answer', fault: { kind: 'hang' }, times: 1 },
  { name: 'broken markup', fault: no(400, "Bad Request: can't parse entities: Unsupported start tag"), times: 1 },
  {
    name: 'blocked by the user',
    fault: no(403, 'Forbidden: bot was blocked by the user'),
    times: Number.POSITIVE_INFINITY,
  },
]

const fail = (house: Rig, { id }: Person, { fault, times }: (typeof faults)[number]) =>
  house.telegram.fail({ method: 'sendMessage', chatId: id, fault, times })

const settings = { ...letIn(crowd(2 * faults.length)), MAX_RUNNING_JOBS: '40', MAX_MODEL_CALLS: '80' }

/** Each person's chat meets one of the faults: half of them at once, half when the first part of the result is due. */
async function everyChatWithItsFault(house: Rig, list: typeof faults, patienceMs = 60_000): Promise<void> {
  const people = crowd(2 * list.length)
  const gate = house.claude.gate()
  const text = Array.from({ length: 60 }, (_, n) => `Line ${n} of this view.`).join('\n')
  house.claude.when(asCritic, { text, hold: gate.promise })
  house.claude.when(() => true, { text })
  await house.start()
  const [early, late] = [people.slice(0, list.length), people.slice(list.length)]
  for (const [n, fault] of list.entries()) if (early[n]) fail(house, early[n], fault)
  for (const person of people) house.telegram.say(person, `/board Should I take road ${person.id}?`)
  for (const person of late) await house.heard(person, 'Started')
  await house.until(() => house.claude.requests.filter(({ body }) => asCritic(body)).length === people.length)
  for (const [n, fault] of list.entries()) if (late[n]) fail(house, late[n], fault)
  gate.open()
  await house.rest(patienceMs)
}

const named = (name: string) => faults.filter((one) => one.name === name)

test.for(rounds())('results arrive whatever Telegram answers, doubled only where an answer was lost (%i)', async () => {
  await using house = await rig({ env: settings })
  await everyChatWithItsFault(house, faults)
  expect(await house.violations()).toEqual([])
  expect(new Set(house.rows('SELECT status FROM background_jobs').map(({ status }) => status))).toEqual(new Set(['done']))
  expect(shortestPauseMs(house)).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS * 1_000)
  for (const { name, fault } of faults) {
    const outcome = fault.kind === 'refuse' ? fault.description : fault.kind
    expect(
      house.telegram.calls.some((call) => call.outcome === outcome),
      name,
    ).toBe(true)
    report({ fault: `Telegram: ${name}`, rounds: 2, lost: 'nothing' })
  }
})

/** What breaks a promise, the fault that shows it, and what the checks say of it. */
const controls: { variant: Variant; name: string; seen: RegExp }[] = [
  { variant: 'gives up a failed send', name: 'reset', seen: /was given up, and Telegram had not refused it/ },
  { variant: 'sends everything twice', name: '500', seen: /messages too many/ },
  { variant: 'sends the newest first', name: '502', seen: /came before the part above it/ },
  { variant: 'tells the address of a failed call', name: 'reset', seen: /the log contains the secret half of the bot token/ },
]

for (const { variant, name, seen } of controls) {
  test(`control: a service that ${variant} is caught`, async () => {
    await using house = await rig({ env: settings, broken: variant })
    await everyChatWithItsFault(house, named(name), 5_000)
    expect((await house.violations()).join('\n')).toMatch(seen)
    report({ fault: `Telegram: ${name}`, rounds: 0, lost: 'nothing', control: variant })
  })
}

test('control: a service that knows better than retry_after is caught', async () => {
  const control = 'knows better than retry_after'
  await using house = await rig({ env: settings, broken: control })
  await everyChatWithItsFault(house, named('429'))
  expect(shortestPauseMs(house)).toBeLessThan(RETRY_AFTER_SECONDS * 1_000)
  report({ fault: 'Telegram: 429', rounds: 0, lost: 'nothing', control })
})

/** The shortest time between a 429 and the next message to the same chat. */
function shortestPauseMs(house: Rig): number {
  const sends = house.telegram.calls.filter(({ method }) => method === 'sendMessage')
  const pauses = [...Map.groupBy(sends, ({ payload }) => payload.chat_id).values()].flatMap((calls) =>
    calls.flatMap((call, n) => (calls[n - 1]?.outcome === 'rate-limit' ? [call.at - (calls[n - 1]?.at ?? 0)] : [])),
  )
  return Math.min(...pauses)
}
