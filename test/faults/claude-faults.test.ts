import { expect, test } from 'vitest'
import type { Fault } from '../../playground/messages-api/faults.ts'
import type { MessageRequest, Reply } from '../../playground/messages-api/server.ts'
import { crowd, letIn, rounds } from './load.ts'
import { type Rig, rig } from './rig.ts'
import { report } from './table.ts'

/** What the calls of one job meet: for ever, or `times` times and then an answer. `end` is what its person reads of it. */
interface Trouble {
  name: string
  reply: Reply
  times?: number
  end: RegExp
}

const by = (fault: Fault): Reply => ({ text: 'An answer of some length, to be broken in its middle.', fault })
const done = /^✅ #\d+ research/
const failed = (reason: string) => new RegExp(`^❌ #\\d+ research failed: ${reason}`)

const faults: Trouble[] = [
  { name: '429', reply: by({ kind: 'rate-limit', retryAfter: 1 }), end: failed("Claude's rate limit was reached$") },
  { name: '529', reply: by({ kind: 'overloaded' }), end: failed('Claude was overloaded$') },
  { name: '500', reply: by({ kind: 'server-error' }), end: failed('Claude had a fault$') },
  { name: 'reset', reply: by({ kind: 'reset' }), end: failed('Claude could not be reached$') },
  { name: 'HTML instead of JSON', reply: by({ kind: 'html' }), end: failed('.') },
  { name: 'stream cut', reply: by({ kind: 'cut' }), end: failed("Claude's answer broke off$") },
  { name: 'early clean end', reply: by({ kind: 'early-end' }), end: failed("Claude's answer broke off$") },
  { name: 'error event', reply: by({ kind: 'error-event' }), end: failed('Claude was overloaded$') },
  { name: 'stall', reply: by({ kind: 'stall' }), end: failed("Claude's answer broke off$") },
  { name: 'pings only', reply: by({ kind: 'pings-only', everyMs: 200 }), end: failed('took longer than ') },
  { name: 'endless pauses', reply: { text: 'Wait.', stopReason: 'pause_turn' }, end: failed('.') },
  { name: 'endless tool calls', reply: { toolCalls: [{ name: 'list_background_jobs', input: {} }] }, end: failed('.') },
  { name: 'refusal', reply: by({ kind: 'refusal' }), end: failed('Claude declined to answer this$') },
  { name: 'empty answer', reply: by({ kind: 'empty' }), end: failed('Claude gave an empty answer$') },
  { name: 'silent thinking', reply: { text: 'Thought over.', firstTokenMs: 3_000, pingEveryMs: 200 }, end: done },
]
const passing = faults
  .filter(({ reply }) => reply.fault && !['pings-only', 'refusal', 'empty', 'html'].includes(reply.fault.kind))
  .map((trouble): Trouble => ({ ...trouble, times: 2, end: done }))

const all = [...faults, ...passing]
const settings = {
  ...letIn(crowd(all.length)),
  MAX_RUNNING_JOBS: '60',
  MAX_MODEL_CALLS: '100',
  STREAM_STALL_SECONDS: '1',
  JOB_TIMEOUT_SECONDS: '35',
}

/** Each job meets its own trouble, all side by side. */
async function everyJobWithItsTrouble(house: Rig, list: Trouble[]): Promise<void> {
  const people = crowd(list.length)
  for (const [n, { reply, times }] of list.entries()) {
    const isItsOwn = (request: MessageRequest) => JSON.stringify(request.messages).includes(`road ${people[n]?.id}?`)
    house.claude.when(isItsOwn, reply, times)
  }
  await house.start()
  for (const person of people) house.telegram.say(person, `/research What of road ${person.id}?`)
  await house.until(() => house.claude.requests.length >= list.length)
  await house.rest(60_000)
}

test.for(rounds())('whatever Claude does, each job comes to one end, and its person reads why (%i)', async () => {
  await using house = await rig({ env: settings })
  await everyJobWithItsTrouble(house, all)
  expect(await house.violations()).toEqual([])
  for (const [n, { name, end }] of all.entries()) {
    const read = house.texts(crowd(all.length)[n] ?? { id: 0 })
    expect(
      read.filter((text) => end.test(text)),
      `${name}: ${read.join(' | ')}`,
    ).toHaveLength(1)
    report({ fault: `Messages API: ${name}`, rounds: 1, lost: 'nothing' })
  }
  expect(house.rows("SELECT 1 FROM background_jobs WHERE result_text LIKE '%inside Remy%'")).toEqual([])
})

test('a chat turn that calls tools without end is answered all the same', async () => {
  await using house = await rig()
  house.claude.when(({ tool_choice }) => (tool_choice as { type?: string })?.type !== 'none', {
    toolCalls: [{ name: 'list_background_jobs', input: {} }],
  })
  await house.start()
  house.telegram.say({ id: 41, first_name: 'Ada' }, 'Go on and on')
  await house.rest()
  expect(await house.violations()).toEqual([])
  report({ fault: 'Messages API: endless tool calls', rounds: 1, lost: 'nothing' })
})

test('control: a service that keeps failures to itself is caught', async () => {
  const control = 'keeps failures to itself'
  await using house = await rig({ env: settings, broken: control })
  await everyJobWithItsTrouble(
    house,
    faults.filter(({ name }) => name === 'refusal'),
  )
  expect((await house.violations()).join('\n')).toMatch(/end of #1 \(failed\) was announced 0 times/)
  report({ fault: 'Messages API: refusal', rounds: 0, lost: 'nothing', control })
})
