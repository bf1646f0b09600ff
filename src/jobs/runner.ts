import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Database, Stores } from '../../db/open.ts'
import { Failure, reasonOf } from '../failure.ts'
import { spanInWords } from '../local-time.ts'
import { withLogFields } from '../log-context.ts'
import { untilItWorks } from '../until-it-works.ts'
import { createWakeLoop } from '../wake-loop.ts'
import { type FinishedJob, INTERRUPTED, type RunningJob } from './lifecycle.ts'
import type { Limits } from './request.ts'
import { createStage } from './stage.ts'
import type { WorkOn } from './work.ts'

/** Lays the message about a finished job into the outbox, within the transaction that ends the job. */
export type Announce = (stores: Stores, job: FinishedJob) => Promise<void>

interface Parts {
  db: Database
  workOn: WorkOn
  announce: Announce
  /** Settles what is left running when nothing of it runs any more. */
  settle: () => Promise<unknown>
  limits: Limits
  timeoutMs: number
  bootId: string
  log: FastifyBaseLogger
}

/** How long what was stopped may take to let go of everything, where somebody waits for that. */
const LAST_WORK_MS = 5_000
/** A shell beside the service may write as well, which nobody hears of. */
const LOOK_MS = 60_000

/** Moves a job to its end; nothing comes back where somebody else has moved it. */
type Store = (stores: Stores) => Promise<FinishedJob | undefined>

interface Running {
  userId: number
  stop: AbortController
  end: Promise<void>
}

/**
 * Takes queued jobs while there is room and runs each as a detached promise. Every move is committed before anybody
 * hears of it, and an end together with its message. A crash leaves `running` rows, which the next boot settles.
 */
export function createRunner({ db, workOn, announce, settle, limits, timeoutMs, bootId, log }: Parts) {
  const running = new Map<number, Running>()
  const interruption = new Failure(INTERRUPTED)
  /** The reason of a stop that comes from the registry: somebody has ended the job there, or removes it. */
  const endedElsewhere = new Failure('the job was ended')
  /** The work on each job, which after an abort may outlast it for a moment. */
  const works = new Map<number, Promise<unknown>>()
  /** Whose jobs do not begin just now. */
  const barred = new Set<number>()
  /** Whether a job waited at the last look: if none did, a new one is what tells of itself. */
  let someWait = true
  let accepting = false
  let held = false
  let stopping = false
  let subscriptions: (() => void)[] = []

  const loop = createWakeLoop(
    async () => {
      someWait = true // until this look is over: a wish may be answered while it is under way
      await stopWhatIsOver()
      while (mayBegin() && running.size < limits.maxRunning) {
        const isAny = (await db.jobs.nextQueued(peopleAtTheirLimit())) !== undefined
        if (!isAny || !mayBegin()) break
        for (const job of await db.transaction(takeQueued)) begin(job)
      }
      someWait = await db.jobs.isAnyQueued()
    },
    (err) => log.error({ err }, 'No job could be taken from the queue'),
  )

  /** As many as there is room for, with one commit. */
  async function takeQueued({ jobs }: Stores): Promise<RunningJob[]> {
    const taken: RunningJob[] = []
    while (running.size + taken.length < limits.maxRunning) {
      const id = await jobs.nextQueued(peopleAtTheirLimit(taken))
      const job = id === undefined ? undefined : await jobs.setRunning(id, bootId)
      if (!job) break
      taken.push(job)
    }
    return taken
  }

  function mayBegin(): boolean {
    return accepting && !held
  }

  /** The registry says what runs: work on a job that was ended there by somebody else is stopped, down to its calls. */
  async function stopWhatIsOver(): Promise<void> {
    if (running.size === 0) return
    const still = new Set(await db.jobs.runningIds())
    for (const [id, { stop }] of running) if (!still.has(id)) stop.abort(endedElsewhere)
  }

  /** Of what runs and is about to. */
  function peopleAtTheirLimit(taken: readonly RunningJob[] = []): number[] {
    const byPerson = Map.groupBy([...running.values(), ...taken], ({ userId }) => userId)
    const full = [...byPerson].flatMap(([userId, jobs]) => (jobs.length >= limits.maxRunningPerUser ? [userId] : []))
    return [...full, ...barred]
  }

  function begin(job: RunningJob): void {
    const stop = new AbortController()
    const end = withLogFields({ jobId: job.id, updateId: job.updateId }, () => run(job, stop)).finally(() => {
      running.delete(job.id)
      loop.wake()
    })
    running.set(job.id, { userId: job.userId, stop, end })
  }

  async function run(job: RunningJob, stop: AbortController): Promise<void> {
    log.info({ jobId: job.id, jobType: job.jobType }, 'A job begins')
    const deadline = setTimeout(() => stop.abort(new Failure(`took longer than ${spanInWords(timeoutMs)}`)), timeoutMs)
    const stage = createStage(
      (words) => db.transaction(({ jobs }) => jobs.setStage(job.id, words)),
      (err) => log.warn({ err, jobId: job.id }, 'The stage of a job could not be stored'),
    )
    const work = workOn(job, stop.signal, stage)
    const letGo = work.catch(() => {}).finally(() => works.delete(job.id))
    works.set(job.id, letGo)
    const store = await untilAborted(work, stop.signal).then(
      (result) => (stores: Stores) => stores.jobs.setDone(job.id, result),
      (error) => {
        if (error === interruption || error === endedElsewhere) return undefined // settled by whoever ended it
        log.warn({ err: error, jobId: job.id }, 'A job failed')
        return (stores: Stores) => stores.jobs.setFailed(job.id, reasonOf(error))
      },
    )
    clearTimeout(deadline)
    stop.abort(new Failure('the job has ended')) // whatever of it is still under way
    await stage.stop()
    if (!store) return log.info({ jobId: job.id }, 'A job was stopped')
    const ended = await endAs(job.id, store)
    log.info({ jobId: job.id, status: ended?.status ?? 'moved by somebody else' }, 'A job ended')
  }

  /** Ends a job and tells its person, unless somebody else has. */
  async function endAs(jobId: number, store: Store): Promise<FinishedJob | undefined> {
    const end = () =>
      db.transaction(async (stores) => {
        const ended = await store(stores)
        if (ended) await announce(stores, ended)
        return ended
      })
    // Until it is on disk there is no end: a full disk or a second writer only delays it.
    const onFailure = (err: unknown) => log.error({ err, jobId }, 'The end of a job waits for the disk')
    return untilItWorks(end, { onFailure })
  }

  return {
    /** Begins to take jobs, the queued ones of earlier boots first. */
    start(): void {
      accepting = true
      // A job begins once what asked for it is answered.
      const onUpdates = () => (someWait ? loop.wake() : undefined)
      const timer = setInterval(loop.wake, LOOK_MS).unref()
      subscriptions = [db.onCommit('backgroundJobs', loop.wake), db.onCommit('updates', onUpdates), () => clearInterval(timer)]
      loop.wake()
    },

    /** There may be room for more now. */
    wake: loop.wake,

    /** How many jobs run at once, just now. */
    limits,

    /**
     * Stops all that runs of this person, without an end and without a word, waits until nothing of it is under way, and
     * begins nothing of theirs before `work` is through, which removes the jobs. Where it fails, they end as interrupted.
     */
    async stopAllOf<T>(userId: number, work: () => Promise<T>): Promise<T> {
      barred.add(userId)
      try {
        await loop.settled() // one may just be on its way out of the queue
        const own = [...running].filter(([, job]) => job.userId === userId)
        for (const [, { stop }] of own) stop.abort(endedElsewhere)
        await Promise.all(own.map(([, { end }]) => end))
        const gone = Promise.all(own.map(([id]) => works.get(id)))
        await Promise.race([gone, sleep(LAST_WORK_MS, undefined, { ref: false })])
        if (own.length > 0) log.info({ jobIds: own.map(([id]) => id) }, 'Jobs were stopped to be removed')
        return await work().catch(async (error) => {
          for (const [id] of own) await endAs(id, (stores) => stores.jobs.setFailed(id, INTERRUPTED))
          throw error
        })
      } finally {
        barred.delete(userId)
        loop.wake()
      }
    },

    /** Begins no job until `release`; what runs goes on. When it returns, none is on its way out of the queue any more. */
    async hold(): Promise<void> {
      held = true
      await loop.settled()
    },

    /** Ends a `hold`. */
    release(): void {
      held = false
      loop.wake()
    },

    /** Whether no queued job begins, because the service stops or is about to be restarted. */
    get draining(): boolean {
      return held || stopping
    },

    /** Whether the service is stopping: then no queued job begins any more. */
    get stopping(): boolean {
      return stopping
    },

    /**
     * Takes no further job and waits until the running ones have ended, at most `graceMs` and only until `hurry` aborts.
     * Those left are stopped and settled as interrupted. Returns when nothing runs.
     */
    async drain(graceMs: number, hurry: AbortSignal): Promise<void> {
      accepting = false
      stopping = true
      await loop.settled()
      const ends = Promise.all([...running.values()].map(({ end }) => end))
      await Promise.race([ends, sleep(graceMs, undefined, { signal: hurry, ref: false }).catch(() => {})])
      for (const unsubscribe of subscriptions) unsubscribe()
      await loop.stop()
      if (running.size === 0) return
      for (const { stop } of running.values()) stop.abort(interruption)
      await ends
      await untilItWorks(settle, { onFailure: (err) => log.error({ err }, 'Interrupted jobs wait for the disk') })
    },
  }
}

export type Runner = ReturnType<typeof createRunner>

/** Waits for `work`, or throws the signal's reason at once when it aborts, whether or not `work` listens to it. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {}) // what is left of it after an abort has nobody to tell
  const abort = Promise.withResolvers<never>()
  const onAbort = () => abort.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return Promise.race([work, abort.promise]).finally(() => signal.removeEventListener('abort', onAbort))
}
