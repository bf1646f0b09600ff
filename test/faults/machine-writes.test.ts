import { expect, test } from 'vitest'
import { ada } from '../build.ts'
import { rounds } from './load.ts'
import { can } from './machine.ts'
import { createRandom } from './random.ts'
import { type Rig, rig } from './rig.ts'
import { report, seed, skipped } from './table.ts'
import { killTraced, trace, untrace } from './traced.ts'

const fault = 'SIGKILL at the n-th write or fsync'
/** So many of each has a first boot, a board, and its delivery. */
const ROOM = { pwrite64: 190, fsync: 70 } as const

/** Kills at one call, counted from the start of the process, then boots without. Says whether there were so many. */
async function killedAt(call: keyof typeof ROOM, nth: number): Promise<boolean> {
  await using house = await rig()
  // Without the faster --seccomp-bpf, under which strace sends no signals.
  trace(house, '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${nth}`)
  const wasAlive = await house.boot().then(
    () => true,
    () => false,
  )
  let isOver = false
  if (wasAlive) {
    house.telegram.say(ada, '/board Should I move?')
    house.telegram.say(ada, '/jobs')
    const ended = house.ended().then(() => true)
    const rested = house.rest().then(() => false)
    isOver = !(await Promise.race([ended, rested]))
    if (isOver) await killTraced(house)
  }
  house.seen.kills += 1
  house.seen.violations.length = 0 // it could not come to rest
  untrace(house)
  await house.start()
  await house.rest()
  expect(await house.violations(), `${call} ${nth}`).toEqual([])
  return !isOver
}

for (const call of ['pwrite64', 'fsync'] as const) {
  test(`killed at a ${call}, wherever it is, nothing is lost`, async () => {
    if (!can.strace) return skipped(fault, 'strace does not work')
    const random = createRandom(seed + call.length)
    const steps = rounds(9).map((round) => Math.ceil((ROOM[call] * (round - random.below(100) / 100)) / rounds(9).length))
    let hits = 0
    for (const nth of steps) hits += (await killedAt(call, Math.max(1, nth))) ? 1 : 0
    expect(hits).toBeGreaterThan(steps.length / 2)
    report({ fault, rounds: hits, lost: 'nothing', seed })
  })
}

/** The disk fails at some calls of a running service, and works again after them. */
async function withErrors(house: Rig, call: string, window: string) {
  await house.start()
  await house.die()
  trace(house, '--seccomp-bpf', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:error=EIO:when=${window}`)
  await house.boot()
  const statuses: (number | undefined)[] = []
  const isThrough = () => statuses.includes(503) && statuses.at(-1) === 200
  for (let n = 0; n < 200 && !isThrough(); n++) {
    const update_id = house.telegram.nextUpdateId()
    const from = { ...ada, is_bot: false }
    const message = {
      message_id: update_id,
      date: 1,
      from,
      chat: { id: ada.id, type: 'private' },
      text: `/board Question ${n}`,
    }
    statuses.push(await house.post({ update_id, message }))
  }
  expect(isThrough(), statuses.join()).toBe(true)
  expect(new Set(statuses)).toEqual(new Set([200, 503]))
  expect((await house.get('/ready')).status).toBe(200)
}

test.each([
  ['pwrite64', '60..90'],
  ['fsync', '30..45'],
])('errors of the disk at %s: 503 and never a false 200, and it goes on by itself', async (call, window) => {
  const name = 'errors of the disk at writes and fsyncs'
  if (!can.strace) return skipped(name, 'strace does not work')
  await using house = await rig()
  try {
    await withErrors(house, call, window)
    await house.rest(60_000)
    expect(await house.violations()).toEqual([])
  } finally {
    await killTraced(house)
  }
  house.seen.kills += 1
  untrace(house)
  await house.start()
  await house.rest()
  expect(await house.violations()).toEqual([])
  report({ fault: name, rounds: 1, lost: 'nothing' })
})

test('control: a service that answers before it stores is caught when the disk fails', async () => {
  if (!can.strace) return skipped(fault, 'strace does not work')
  const control = 'answers before it stores'
  await using house = await rig({ broken: control })
  await house.start()
  await house.die()
  trace(house, '-o', '/dev/null', '-e', 'trace=pwrite64', '-e', 'inject=pwrite64:signal=KILL:when=60')
  await house.boot()
  for (let n = 0; n < 40 && house.process().exitCode === null; n++) {
    const update_id = house.telegram.nextUpdateId()
    const message = {
      message_id: update_id,
      date: 1,
      from: { ...ada, is_bot: false },
      chat: { id: ada.id, type: 'private' },
      text: '/jobs',
    }
    await house.post({ update_id, message })
  }
  await house.ended()
  untrace(house)
  await house.start()
  await house.rest(3_000)
  expect((await house.violations()).join('\n')).toMatch(/answered 200 and is not on disk/)
  report({ fault, rounds: 0, lost: 'nothing', control })
  report({ fault: 'errors of the disk at writes and fsyncs', rounds: 0, lost: 'nothing', control })
})
