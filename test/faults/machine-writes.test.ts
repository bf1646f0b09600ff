import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { build, type House } from '../build.ts'
import { type Answered, postOnce, says } from './person-update.ts'
import { failCalls, killAt, noteWrites, whyNoTracing } from './strace.ts'
import { factor, report, skipped } from './table.ts'
import { broken } from './variant-server.ts'

const person = { id: 61, first_name: 'Person 61' }
const env = { TELEGRAM_ALLOWED_USER_IDS: String(person.id) }
const syncs = 'fsync,fdatasync'
/** How many calls are struck in the first boot, and how many in a job's life from the question to the delivered result. */
const KILLS = { pwrite64: { booting: 4, working: 7 }, [syncs]: { booting: 3, working: 5 } }

const why = whyNoTracing()
if (why) for (const fault of ['SIGKILL at the n-th write or fsync', 'I/O errors']) skipped(fault, why)

test.skipIf(why)(
  'killed at any write or sync, the next boot comes up and settles everything',
  async () => {
    const counts = await countCalls()
    let rounds = 0
    for (const [calls, { booting, working }] of Object.entries(KILLS)) {
      const { boot, all } = counts[calls as keyof typeof counts] // the keys are the same
      const struck = [...spread(1, boot, booting * factor), ...spread(boot + 1, all, working * factor)]
      for (const n of struck) {
        await using house = await build({ env, asleep: true, run: { wrapper: killAt(calls, n) } })
        await house.boot().catch(() => {}) // it may be killed before it listens
        house.telegram.say(person, '/board Should I move?')
        await killedOrOver(house)
        expect(await settledAfterBoot(house), `killed at ${calls} ${n} of ${all}`).toEqual([])
        rounds++
      }
    }
    report({ fault: 'SIGKILL at the n-th write or fsync', rounds, lost: 'nothing', control: 'a boot that reconciles nothing' })
  },
  300_000,
)

test.skipIf(why)(
  'control: a boot that reconciles nothing is found out',
  async () => {
    const { all } = (await countCalls())[syncs]
    await using house = await build({ env, asleep: true, run: { wrapper: killAt(syncs, all - 8) } })
    await house.boot()
    house.telegram.say(person, '/board Should I move?')
    await house.ended()
    expect(house.job(1)?.status).toBe('running')
    Object.assign(house.run, broken('no-reconcile').run)
    Object.assign(house.env, broken('no-reconcile').env)
    expect(await settledAfterBoot(house, 4_000)).toContain('job 1 is running')
  },
  60_000,
)

for (const calls of ['pwrite64', syncs]) {
  test.skipIf(why)(
    `while ${calls} gives EIO: 503, no false 200, and it recovers by itself`,
    async () => {
      await using house = await build({ env })
      expect(await throughErrors(house, calls)).toEqual([])
      report({ fault: `I/O errors: ${calls}`, rounds: 1, lost: 'nothing', control: 'a 200 whatever the disk says' })
    },
    60_000,
  )
}

test.skipIf(why)(
  'control: a 200 whatever the disk says is found out',
  async () => {
    const { run, env: variant } = broken('false-200')
    await using house = await build({ env: { ...env, ...variant }, run })
    expect(await throughErrors(house, 'pwrite64')).toContain('update 2 was answered 200 and is not stored')
  },
  60_000,
)

/** Evenly spread whole numbers from `first` to `last`. */
function spread(first: number, last: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => Math.round(first + ((last - first) * n) / Math.max(1, count - 1)))
}

/** How many calls a boot makes, and a boot with a job until its result is delivered. */
async function countCalls() {
  await using house = await build({ env, asleep: true })
  const log = join(house.folder, 'strace.log')
  house.run.wrapper = noteWrites(log)
  await house.boot()
  const seen = () => readFileSync(log, 'latin1')
  const ofBoot = seen()
  house.telegram.say(person, '/board Should I move?')
  await house.until(() => house.job(1)?.status === 'done')
  await house.delivered()
  const ofAll = seen()
  const counted = (pattern: RegExp) => ({ boot: ofBoot.match(pattern)?.length ?? 0, all: ofAll.match(pattern)?.length ?? 0 })
  process.kill(pidOf(house), 'SIGKILL')
  return { pwrite64: counted(/^\d+ +pwrite64\(/gm), [syncs]: counted(/^\d+ +f(data)?sync\(/gm) }
}

/** A life is not to the call the same each time: where the n-th call does not come, it is killed when all is done. */
async function killedOrOver(house: House): Promise<void> {
  let isDead = false
  const dead = house.ended().then(
    () => (isDead = true),
    () => (isDead = true), // it did not even come up
  )
  const over = house.until(() => isDead || (house.telegram.pending() === 0 && unsettled(house).length === 0))
  await Promise.race([dead, over])
  if (!isDead) process.kill(pidOf(house), 'SIGKILL')
  await dead
}

/** Boots as usual and tells what is not as it should be once everything has had its time. */
async function settledAfterBoot(house: House, patienceMs = 20_000): Promise<string[]> {
  house.run.wrapper = []
  await house.boot()
  await house.until(() => house.telegram.pending() === 0)
  await house.until(() => unsettled(house).length === 0, patienceMs).catch(() => {})
  return unsettled(house)
}

function unsettled(house: House): string[] {
  const jobs = house.rows<{ id: number; status: string }>('SELECT id, status FROM background_jobs')
  const ended = house.texts(person).filter((text) => /^✅ #1 board|interrupted by restart/.test(text))
  const check = house.rows<{ integrity_check: string }>('PRAGMA integrity_check')[0]?.integrity_check
  return [
    ...(jobs.length === 1 ? [] : [`${jobs.length} jobs of one command`]),
    ...jobs.flatMap(({ id, status }) => (status === 'done' || status === 'failed' ? [] : [`job ${id} is ${status}`])),
    ...house
      .rows<{ id: number }>("SELECT id FROM deliveries WHERE state = 'pending'")
      .map(({ id }) => `message ${id} is not sent`),
    ...house
      .rows<{ update_id: number }>('SELECT update_id FROM updates WHERE handled_at IS NULL')
      .map((row) => `update ${row.update_id} waits`),
    // A crash between the sending and its mark may repeat it once.
    ...(ended.length === 1 || ended.length === 2 ? [] : [`${ended.length} notices of the end`]),
    ...(check === 'ok' ? [] : [`integrity: ${check}`]),
  ]
}

/** Lets a disk go wrong under a running job and arriving updates, mends it, and tells what is not as it should be. */
async function throughErrors(house: House, calls: string): Promise<string[]> {
  const gate = house.claude.gate()
  house.claude.when(
    (request) => JSON.stringify(request.system ?? '').includes('Role: Critic'),
    { hold: gate.promise, text: 'A verdict.' },
    1,
  )
  await postOnce(house, says(1, person.id, '/board one'))
  await house.until(
    () => house.claude.inFlight === 1 && house.rows('SELECT 1 FROM job_events WHERE type = ?', 'step').length === 4,
  )

  const wrong: string[] = []
  const mend = await failCalls(pidOf(house), calls, 'EIO')
  try {
    gate.open()
    const answers: Answered[] = []
    for (const id of [2, 3, 4]) answers.push(await postOnce(house, says(id, person.id, `/board ${id}`)))
    const ready = await house.get('/ready')
    if (ready.status !== 503) wrong.push(`/ready says ${ready.status}`)
    const stored = new Set(house.rows<{ update_id: number }>('SELECT update_id FROM updates').map((row) => row.update_id))
    for (const { update_id, status, retryAfter } of answers) {
      if (status === 200 && !stored.has(update_id)) wrong.push(`update ${update_id} was answered 200 and is not stored`)
      if (status !== 200 && (status !== 503 || !retryAfter)) wrong.push(`answered ${status}, Retry-After ${retryAfter}`)
    }
    if (answers.every(({ status }) => status === 200) && wrong.length === 0) wrong.push('nothing went wrong')
  } finally {
    await mend()
  }
  for (const id of [2, 3, 4, 2, 3, 4]) {
    const { status } = await postOnce(house, says(id, person.id, `/board ${id}`))
    if (status !== 200) wrong.push(`update ${id} is answered ${status} after it`)
  }
  await house
    .until(() => house.rows('SELECT 1 FROM background_jobs WHERE completed_at IS NOT NULL').length >= 4)
    .catch(() => {})
  const jobs = house.rows<{ update_id: number; status: string; result_text: string }>(
    'SELECT update_id, status, result_text FROM background_jobs ORDER BY update_id',
  )
  // The one that was running had its answer in hand, and its step only had to wait for the disk.
  for (const id of [1, 2, 3, 4]) {
    const [job, ...more] = jobs.filter(({ update_id }) => update_id === id)
    if (job?.status !== 'done') wrong.push(`the job of update ${id} is ${job?.status}: ${job?.result_text}`)
    if (more.length > 0) wrong.push(`update ${id} made ${more.length + 1} jobs`)
  }
  if ((await house.get('/ready')).status !== 200) wrong.push('/ready stays red')
  return wrong
}

function pidOf(house: House): number {
  return house.rows<{ pid: number }>('SELECT pid FROM boots ORDER BY started_at DESC')[0]?.pid ?? 0
}
