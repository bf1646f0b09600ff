import type { NewJob } from '../../db/jobs.ts'
import type { Stores } from '../../db/open.ts'
import { type Budget, isUsedUp, type Standing } from './budget.ts'
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
  | { outcome: 'started'; job: QueuedJob; budget: Standing | undefined }
  /** It waits, as the `position`th in line. */
  | { outcome: 'queued'; job: QueuedJob; position: number; budget: Standing | undefined }
  /** This person has too many waiting; no job was made. */
  | { outcome: 'full' }
  /** Nothing is left of this month's budget; no job was made. */
  | { outcome: 'over budget'; budget: Standing }

/**
 * Asks for a job, in the transaction of whoever acknowledges it.
 * @returns undefined when this update asked for it before; then nothing is written.
 */
export async function requestJob(
  stores: Stores,
  limits: Limits,
  budgetOfMonth: Budget,
  wish: NewJob,
): Promise<Requested | undefined> {
  const budget = await budgetOfMonth.standing(stores)
  if (budget && isUsedUp(budget)) return { outcome: 'over budget', budget }
  const active = await stores.jobs.countActive()
  const own = active.find(({ userId }) => userId === wish.userId) ?? { queued: 0, running: 0 }
  if (own.queued >= MOST_QUEUED) return { outcome: 'full' }
  const job = await stores.jobs.create(wish)
  if (!job) return undefined

  // This person's jobs all go before it. Of another's only what may run does: the rest waits for that person's own turn.
  const ownAhead = own.queued + own.running
  const cap = limits.maxRunningPerUser < limits.maxRunning ? limits.maxRunningPerUser : Number.POSITIVE_INFINITY
  const others = active.filter(({ userId }) => userId !== wish.userId)
  const ahead = others.reduce((sum, { queued, running }) => sum + Math.min(queued + running, cap), ownAhead)
  const behind = Math.max(ownAhead - limits.maxRunningPerUser, ahead - limits.maxRunning)
  return behind < 0 ? { outcome: 'started', job, budget } : { outcome: 'queued', job, position: behind + 1, budget }
}
