import { expect, test } from 'vitest'
import { ada } from '../build.ts'
import { asCritic } from '../waiting-board.ts'
import type { Variant } from './broken.ts'
import { rounds } from './load.ts'
import { type Rig, rig } from './rig.ts'
import { report } from './table.ts'

type Fault = Parameters<Rig['telegram']['fail']>[0]['fault']

const fault = 'status messages: a SIGKILL in the middle, and edits that Telegram refuses or loses'
const faults: Fault[] = [{ kind: 'rate-limit', retryAfter: 2 }, { kind: 'server-error' }, { kind: 'lost' }, { kind: 'reset' }]
const edits = (house: Rig) => house.telegram.calls.filter(({ method }) => method === 'editMessageText').length

/** A board that is killed while its status message is edited, and another that ends; then all say how it went. */
async function round(refusal: Fault, broken?: Variant): Promise<string[]> {
  await using house = await rig({ broken })
  house.claude.when(asCritic, { text: 'The verdict.', firstTokenMs: 3_000 })
  await house.start()
  house.telegram.fail({ method: 'editMessageText', times: 2, fault: refusal })
  house.telegram.say(ada, '/board one')
  await (broken ? house.heard(ada, 'Started #1') : house.until(() => edits(house) > 0))
  await house.die()
  await house.start()
  house.telegram.say(ada, '/board two')
  await house.rest()
  await house.until(() => house.rows('SELECT 1 FROM status_messages WHERE settled = 0').length === 0)
  return await house.violations()
}

for (const refusal of faults) {
  test.for(rounds())(`after ${refusal.kind} and a SIGKILL every status message says how its job ended (%i)`, async () => {
    expect(await round(refusal)).toEqual([])
    report({ fault, rounds: 1, lost: 'nothing' })
  })
}

test('control: a service that settles status messages unseen is caught', async () => {
  const control = 'settles status messages unseen'
  expect((await round({ kind: 'server-error' }, control)).join('\n')).toMatch(
    /The status message of #\d \(\w+\) ended as "Started/,
  )
  report({ fault, rounds: 0, lost: 'nothing', control })
})
