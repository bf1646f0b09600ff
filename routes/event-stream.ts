import type { JobEvent } from '../db/job-events.ts'
import type { Database } from '../db/open.ts'
import { snakeCased } from './snake-case.ts'

/** Proxies close what is silent for a minute. */
const KEEP_ALIVE_MS = 15_000
/** How long a reader waits before it comes back, having been cut off. */
const COME_BACK_MS = 2_000
/** So many rows are in memory at once, however slow the reader is. */
const PIECE = 20

interface Followed {
  db: Database
  jobId: number
  /** The last event that the reader has. */
  afterId: number
  /** Aborts when the reader is gone, or the service closes. */
  signal: AbortSignal
}

/**
 * Events of a job as `text/event-stream`, those that are stored and then those that come, each once and in order: it is
 * always the table that is read, and a commit only says that it is time. Ends when the job has ended and all was read.
 */
export async function* follow({ db, jobId, afterId, signal }: Followed): AsyncGenerator<string> {
  let awake = Promise.withResolvers<'commit' | 'silence'>()
  const onCommit = () => awake.resolve('commit')
  const unsubscribe = [db.onCommit('jobEvents', onCommit), db.onCommit('backgroundJobs', onCommit)]
  const timer = setInterval(() => awake.resolve('silence'), KEEP_ALIVE_MS)
  signal.addEventListener('abort', onCommit)
  try {
    yield `retry: ${COME_BACK_MS}\n\n`
    let last = afterId
    while (!signal.aborted) {
      awake = Promise.withResolvers()
      const job = await db.jobs.get(jobId) // before its events: of an ended job nothing follows what is read then
      const events = await db.jobEvents.after(jobId, last, PIECE)
      for (const event of events) yield inWire(event)
      last = events.at(-1)?.id ?? last
      if (events.length === PIECE) continue
      if (!job || job.completedAt !== null) return
      if ((await awake.promise) === 'silence') yield ': still here\n\n'
    }
  } finally {
    clearInterval(timer)
    signal.removeEventListener('abort', onCommit)
    for (const end of unsubscribe) end()
  }
}

function inWire(event: JobEvent): string {
  const data = event.type === 'step' ? stepData(event.step) : { status: event.status, at: event.at }
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(data)}\n\n`
}

function stepData({
  name,
  outcome,
  text,
  reusedFrom = null,
  startedAt,
  completedAt,
}: Extract<JobEvent, { type: 'step' }>['step']) {
  return snakeCased({ name, outcome, startedAt, completedAt, text, reusedFrom })
}
