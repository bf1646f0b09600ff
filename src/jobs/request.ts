import type { NewJob } from '../../db/jobs.ts'
import type { Stores } from '../../db/open.ts'
import type { QueuedJob } from './lifecycle.ts'

/** How many jobs of one person may wait. */
export const MOST_QUEUED = 50

/** How many jobs run at once. */
export interface Limits {
  maxRunning: number
  maxRunningPerUser: number
}

export type Requested =
  /** There is room: it begins at once. */
  | { outcome: 'started'; job: QueuedJob }
  /** It waits, as the `position`th in line. */
  | { outcome: 'queued'; job: QueuedJob; position: number }
  /** This person has too many waiting; no job was made. */
  | { outcome: 'full' }

/**
 * Asks for a job, in the transaction of whoever acknowledges it.
 * @returns undefined when this update asked for it before; then nothing is written.
 */
export async function requestJob(stores: Stores, limits: Limits, wish: NewJob): Promise<Requested | undefined> {
  const active = await stores.jobs.countActive()
  const own = active.find(({ userId }) => userId === wish.userId) ?? { queued: 0, running: 0 }
  if (own.queued >= MOST_QUEUED) return { outcome: 'full' }
  const job = await stores.jobs.create(wish)
  if (!job) return undefined

  // Waiting jobs that will begin anyway take room too; those that only wait for their person's own turn do not.
  const taken = active.reduce(
    (sum, { queued, running }) => sum + Math.min(queued + running, limits.maxRunningPerUser),
    0,
  )
  const behind = Math.max(own.queued + own.running - limits.maxRunningPerUser, taken - limits.maxRunning)
  return behind < 0 ? { outcome: 'started', job } : { outcome: 'queued', job, position: behind + 1 }
}
