import { expect, test } from 'vitest'
import { ada, ben, build, type House } from './build.ts'
import { buttonsOf, press } from './press.ts'

const asRole =
  (role: string) =>
  ({ system }: { system?: unknown }) =>
    JSON.stringify(system ?? '').includes(`Role: ${role}`)
const always = Number.POSITIVE_INFINITY

/** What the status message of a job says by now. */
const status = (house: House, jobId: number, person = ada) => {
  const [row] = house.rows<{ message_id: number | null }>(
    "SELECT message_id FROM deliveries WHERE job_id = ? AND purpose = 'acknowledgement'",
    jobId,
  )
  return house.telegram.sent(person.id).find(({ message_id }) => message_id === row?.message_id)
}
const says = (house: House, jobId: number, pattern: RegExp, person = ada) =>
  house.until(() => pattern.test(status(house, jobId, person)?.text ?? '') && status(house, jobId, person))

test('the acknowledgement follows its job: the place in line, the stages, the end', async () => {
  await using house = await build({ env: { MAX_RUNNING_JOBS: '1' } })
  const gates = ['Finance', 'Research', 'Critic'].map((role) => {
    const gate = house.claude.gate()
    house.claude.when(asRole(role), { text: `The view of ${role}.`, hold: gate.promise }, 1)
    return gate
  })
  house.telegram.say(ada, '/board one')
  house.telegram.say(ben, '/board two')
  await says(house, 2, /^Queued #2, 1st in line$/, ben)
  const shown = await says(house, 1, /^#1 board · (Strategy|Content) is in, 2 of 4 · 0:\d\d$/)
  expect(buttonsOf(shown).map(({ text }) => text)).toEqual(['Stop'])
  house.telegram.say(ada, '/jobs')
  expect((await house.heard(ada, '📋')).text).toMatch(/^#1 board ⏳ running · (Strategy|Content) is in, 2 of 4 · \d:\d\d$/m)
  expect((await house.get('/jobs/1')).body.stage).toMatch(/ is in, 2 of 4$/)
  gates[0]?.open()
  await says(house, 1, /^#1 board · Finance is in, 3 of 4 · 0:\d\d$/)
  gates[1]?.open()
  await says(house, 1, /^#1 board · the Critic weighs 4 views · 0:\d\d$/)
  gates[2]?.open()
  const end = await says(house, 1, /^#1 board · ✅ done in \d+ s$/)
  expect(buttonsOf(end)).toEqual([])
  await says(house, 2, /^#2 board · ✅ done in \d+ s$/, ben)
  expect((await house.get('/jobs/1')).body.stage).toBeNull()
  // Edited on a change of the stage only, and no more often than every two seconds.
  const edits = house.telegram.calls.filter(({ method, payload }) => method === 'editMessageText' && payload.chat_id === ada.id)
  expect(edits.length).toBeLessThanOrEqual(4)
  for (const [index, { at }] of edits.slice(1).entries()) expect(at - (edits[index]?.at ?? 0)).toBeGreaterThanOrEqual(1_990)
})

test('why a job failed, and that Claude is busy, stand there', async () => {
  await using house = await build()
  house.claude.when(asRole('Critic'), { fault: { kind: 'overloaded' } }, 2)
  const gate = house.claude.gate()
  house.claude.when(asRole('Critic'), { fault: { kind: 'refusal' }, hold: gate.promise }, 1)
  house.telegram.say(ada, '/board one')
  await says(house, 1, /^#1 board · Claude is busy, trying again · 0:\d\d$/)
  await says(house, 1, /^#1 board · the Critic weighs 4 views · 0:\d\d$/)
  gate.open()
  await says(house, 1, /^#1 board · ❌ failed: Claude declined to answer this$/)
})

test('under 429 edits are left out and the result is not; the end is shown once Telegram has room', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.when(asRole('Critic'), { text: 'The verdict.', hold: gate.promise })
  house.telegram.say(ada, '/board one')
  await house.heard(ada, 'Started #1')
  house.telegram.fail({ method: 'editMessageText', times: 1, fault: { kind: 'rate-limit', retryAfter: 3 } })
  await house.until(() => house.telegram.calls.find(({ method }) => method === 'editMessageText'))
  const refusedAt = house.telegram.calls.find(({ method }) => method === 'editMessageText')?.at ?? 0
  gate.open()
  await house.heard(ada, '✅ #1 board')
  const sentAt = house.telegram.calls.findLast(({ method }) => method === 'sendMessage')?.at ?? 0
  expect(sentAt - refusedAt).toBeGreaterThanOrEqual(3_000)
  await says(house, 1, /✅ done in/)
})

test('after a restart the same message is taken up again, whatever it said', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.when(asRole('Critic'), { text: 'The verdict.', hold: gate.promise }, 1)
  house.telegram.say(ada, '/board one')
  await says(house, 1, /the Critic weighs 4 views/)
  await house.kill()
  await house.boot()
  await says(house, 1, /^#1 board · ⚠️ cut off by a restart$/)

  house.telegram.fail({ method: 'editMessageText', times: always, fault: { kind: 'server-error' } })
  house.telegram.say(ada, '/board two')
  await house.heard(ada, 'Started #2')
  await house.heard(ada, '✅ #2 board')
  await house.until(() => house.telegram.calls.some(({ method, outcome }) => method === 'editMessageText' && outcome !== 'ok'))
  await house.kill()
  house.telegram.clearFaults()
  await house.boot()
  await says(house, 2, /^#2 board · ✅ done in \d+ s$/)
  expect(house.telegram.sent(ada.id).filter(({ text }) => text.includes('✅ #2 board'))).toHaveLength(1)
})

test('a status message that the person deleted is let go', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.when(asRole('Critic'), { text: 'The verdict.', hold: gate.promise })
  const refusal = { kind: 'refuse', error_code: 400, description: 'Bad Request: message to edit not found' } as const
  house.telegram.fail({ method: 'editMessageText', times: always, fault: refusal })
  house.telegram.say(ada, '/board one')
  await house.until(() => house.rows('SELECT 1 FROM status_messages WHERE settled = 1').length === 1)
  gate.open()
  await house.heard(ada, '✅ #1 board')
  await house.delivered()
  expect(house.telegram.calls.filter(({ method }) => method === 'editMessageText')).toHaveLength(1)
})

test('a job that was asked for in words has a status message of its own', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.when(asRole('Critic'), { text: 'The verdict.', hold: gate.promise })
  house.claude.script(
    { toolCalls: [{ name: 'start_background_job', input: { job_type: 'board', input: 'Move?' } }] },
    { text: 'Board #1 is on it.' },
  )
  house.telegram.say(ada, 'Have the board look at whether to move')
  await house.heard(ada, 'Board #1 is on it.')
  await says(house, 1, /the Critic weighs 4 views/)
  expect(await press(house, ada, status(house, 1) ?? { message_id: 0, chat_id: 0 }, 'stop:1')).toBe('#1 is stopped.')
  gate.open()
  await says(house, 1, /^#1 board · ⏹ stopped after \d:\d\d$/)
})
