import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Database, openDatabase } from '../../db/open.ts'
import { INTERRUPTED } from '../../src/jobs/lifecycle.ts'
import { reconcile } from '../../src/jobs/reconcile.ts'
import { announceInterrupted, announceOutcome } from '../../src/telegram/notices.ts'
import { factor, report, seed } from './table.ts'

const RUNS = 300 * factor
const CHAT = 41

/** What a job is to look like, whatever happened: the whole of what is promised of it. */
interface Expected {
  status: 'queued' | 'running' | 'done' | 'failed'
  result: string | null
  steps: number
  path: string[]
}

type Model = Expected[]
type Real = { db: Database; file: string }

/** One thing that happens: to the model, and to the stores. `job` chooses one, in whatever state it is. */
type Act = (model: Model, real: Real, job: number) => Promise<void>

const end =
  (status: 'done' | 'failed'): Act =>
  async (model, { db }, job) => {
    const text = `the ${status} of ${job}`
    await db.transaction(async (stores) => {
      const moved = await (status === 'done' ? stores.jobs.setDone(job, text) : stores.jobs.setFailed(job, text))
      if (moved) await announceOutcome(stores, moved)
    })
    const expected = model[job - 1]
    if (expected?.status === 'running') Object.assign(expected, { status, result: text, path: [...expected.path, status] })
  }

const acts: Record<string, Act> = {
  async create(model, { db }) {
    const job = { userId: CHAT, jobType: 'board', inputText: 'A question', chatId: CHAT, messageThreadId: null }
    await db.jobs.create({ ...job, requestMessageId: null, updateId: null })
    model.push({ status: 'queued', result: null, steps: 0, path: ['queued'] })
  },
  async start(model, { db }, job) {
    await db.jobs.setRunning(job, 'this boot')
    const expected = model[job - 1]
    if (expected?.status === 'queued') Object.assign(expected, { status: 'running', path: [...expected.path, 'running'] })
  },
  async step(model, { db }, job) {
    if (model[job - 1]?.status !== 'running') return
    const at = new Date().toISOString()
    await db.jobEvents.addStep(job, { name: 'Finance', outcome: 'done', text: 'A view', startedAt: at, completedAt: at })
    Object.assign(model[job - 1] ?? {}, { steps: (model[job - 1]?.steps ?? 0) + 1 })
  },
  finish: end('done'),
  fail: end('failed'),
  /** The process is gone and the next one boots. */
  async crash(model, real) {
    await real.db.close()
    real.db = await openDatabase(real.file)
    await reconcile(real.db, announceInterrupted)
    for (const job of model) {
      if (job.status === 'running') Object.assign(job, { status: 'failed', result: INTERRUPTED, path: [...job.path, 'failed'] })
    }
  },
  async deliver(_model, { db }) {
    const delivery = await db.deliveries.nextPending({ chatId: CHAT, isOfButtons: false })
    if (delivery) await db.deliveries.setSent(delivery.id, 1, 1_000 + delivery.id)
  },
}

/** Holds every job against the model, and the outbox against the jobs: one outcome for each that has ended. */
async function compare(model: Model, { db }: Real): Promise<void> {
  for (const [index, expected] of model.entries()) {
    const id = index + 1
    const job = await db.jobs.get(id)
    expect(job).toMatchObject({ status: expected.status, resultText: expected.result })
    expect((await db.jobEvents.steps(id)).length).toBe(expected.steps)
    expect((await db.jobEvents.transitions(id)).map(({ status }) => status)).toEqual(expected.path)
    const told = (await db.deliveries.ofOutcome(id)).filter(({ part }) => part === 1)
    expect(told.length).toBe(expected.result === null ? 0 : 1)
  }
}

const steps = fc.array(fc.record({ name: fc.constantFrom(...Object.keys(acts)), job: fc.integer({ min: 1, max: 4 }) }), {
  minLength: 5,
  maxLength: 30,
})

/** Runs sequences of acts, each on a file of its own. Rejects with the first that goes wrong. */
async function explore(runs: number, differently: Record<string, Act> = {}): Promise<void> {
  const property = fc.asyncProperty(steps, async (sequence) => {
    const folder = mkdtempSync(join(tmpdir(), 'remy-model-'))
    const file = join(folder, 'remy.db')
    const real: Real = { db: await openDatabase(file), file }
    try {
      const model: Model = []
      for (const { name, job } of sequence) {
        await (differently[name] ?? acts[name])?.(model, real, job)
        await compare(model, real)
      }
    } finally {
      await real.db.close()
      rmSync(folder, { recursive: true })
    }
  })
  await fc.assert(property, { numRuns: runs, seed, endOnFailure: true })
}

const fault = 'create, start, step, finish, fail, crash and boot, deliver, in any order, against a model'

test('whatever happens in whatever order, the registry is what the model says', async () => {
  await explore(RUNS)
  report({ fault, rounds: RUNS, lost: 'nothing', seed })
})

test('control: an unguarded UPDATE is caught', async () => {
  const finish: Act = async (model, real, job) => {
    const sqlite = new Sqlite(real.file)
    const done = "UPDATE background_jobs SET status = 'done', result_text = 'late', completed_at = 'now' WHERE id = ?"
    sqlite.prepare(done).run(job)
    sqlite.close()
    await acts.finish?.(model, real, job)
  }
  await expect(explore(200, { finish })).rejects.toThrow()
  report({ fault, rounds: 0, lost: 'nothing', control: 'an unguarded UPDATE' })
})
