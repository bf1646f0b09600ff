import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ada } from '../build.ts'
import { asCritic } from '../waiting-board.ts'
import type { Variant } from './broken.ts'
import { rounds } from './load.ts'
import { type Rig, rig } from './rig.ts'
import { report } from './table.ts'

const fault = 'a job ended by another hand while it runs'

/** Fails #1 beside the service, in one transaction with its notice, as the service itself would. */
function failByHand(house: Rig): void {
  const db = new Sqlite(house.file)
  const reason = 'ended by hand'
  db.transaction(() => {
    db.prepare("UPDATE background_jobs SET status = 'failed', result_text = ?, completed_at = ? WHERE id = 1").run(
      reason,
      new Date().toISOString(),
    )
    db.prepare("INSERT INTO deliveries (chat_id, job_id, purpose, payload) VALUES (?, 1, 'outcome', ?)").run(
      ada.id,
      JSON.stringify({ text: `❌ #1 board failed: ${reason}` }),
    )
  })()
  db.close()
}

async function round(broken?: Variant): Promise<string[]> {
  await using house = await rig({ broken })
  const gate = house.claude.gate()
  house.claude.when(asCritic, { text: 'The verdict.', hold: gate.promise })
  await house.start()
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.claude.requests.some(({ body }) => asCritic(body)))
  failByHand(house)
  gate.open()
  await house.until(() => house.log.some((line) => line.includes('A job ended')))
  house.telegram.say(ada, '/jobs') // a commit of the service's own has the outbox looked at
  await house.rest(broken ? 3_000 : 30_000)
  return await house.violations()
}

test.for(rounds())('a job that another hand has ended is not ended again (%i)', async () => {
  expect(await round()).toEqual([])
  report({ fault, rounds: 1, lost: 'nothing' })
})

test('control: a service that moves a job whatever its state is caught', async () => {
  const control = 'moves a job whatever its state'
  expect((await round(control)).join('\n')).toMatch(/queued → running → failed → done: not a legal path/)
  report({ fault, rounds: 0, lost: 'nothing', control })
})
