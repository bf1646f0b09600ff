import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { ada } from '../build.ts'
import { asCritic } from '../waiting-board.ts'
import type { Variant } from './broken.ts'
import { can } from './machine.ts'
import { type Rig, rig } from './rig.ts'
import { report, skipped } from './table.ts'

const fault = 'errors of the disk while a job stores a step'

/** Lets these calls of the running service fail with EIO until it is told to stop. */
async function failing(house: Rig, calls: string): Promise<() => Promise<void>> {
  const how = ['-f', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:error=EIO`]
  const strace = spawn('strace', [...how, '-p', String(house.process().pid)], { stdio: ['ignore', 'ignore', 'pipe'] })
  const [said] = await once(createInterface({ input: strace.stderr }), 'line')
  if (!String(said).includes('attached')) throw new Error(`strace could not attach: ${said}`)
  return async () => {
    strace.kill('SIGINT') // upon which it lets go of the process
    if (strace.exitCode === null && strace.signalCode === null) await once(strace, 'exit')
  }
}

/** A board whose last answer comes while these calls fail. Returns once they work again. */
async function endedOnAFailingDisk(house: Rig, calls: string): Promise<void> {
  const gate = house.claude.gate()
  house.claude.when(asCritic, { text: 'The verdict at last.', hold: gate.promise })
  await house.start()
  house.telegram.say(ada, '/board One question')
  await house.until(() => house.claude.requests.some(({ body }) => asCritic(body)))
  const mend = await failing(house, calls)
  try {
    gate.open()
    await house.until(() => house.claude.inFlight === 0)
    expect((await house.get('/ready')).status).toBe(503)
    house.telegram.say(ada, '/jobs')
    await house.until(() => house.telegram.pending() === 1 && house.log.some((line) => line.includes('SQLITE_IOERR')))
    expect(house.job(1)?.status).toBe('running')
  } finally {
    await mend()
  }
  await house.rest()
}

test.each(['pwrite64', 'fsync,fdatasync'])(
  'a job whose last answer comes while %s fails is done once the disk works',
  async (calls) => {
    if (!can.strace) return skipped(fault, 'strace does not work')
    await using house = await rig()
    await endedOnAFailingDisk(house, calls)
    expect(house.job(1)?.status).toBe('done')
    expect((await house.get('/ready')).status).toBe(200)
    expect(await house.violations()).toEqual([])
    report({ fault, rounds: 1, lost: 'nothing' })
  },
)

test('control: a service that fails a job when the disk fails is caught', async () => {
  if (!can.strace) return skipped(fault, 'strace does not work')
  const control: Variant = 'fails a job when the disk fails'
  await using house = await rig({ broken: control })
  await endedOnAFailingDisk(house, 'pwrite64')
  expect(house.job(1)?.status).toBe('failed')
  report({ fault, rounds: 0, lost: 'nothing', control })
})
