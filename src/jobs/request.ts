import type { NewJob } from '../../db/job-queries.ts'
import type { Stores } from '../../db/open.ts'
import { type Budget, isUsedUp, type Standing } from './budget.ts'
import type { PendingJob, QueuedJob, Status } from './lifecycle.ts'

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
  /** The same waits or runs already; no job was made. */
  | { outcome: 'twin'; job: PendingJob }
  /** This person has too many waiting; no job was made. */
  | { outcome: 'full' }
  /** Nothing is left of this month's budget; no job was made. */
  | { outcome: 'over budget'; budget: Standing }

/** A request that made a job. */
export type Accepted = Extract<Requested, { outcome: 'started' | 'queued' }>

export function isAccepted(request: Requested): request is Accepted {
  return request.outcome === 'started' || request.outcome === 'queued'
}

/**
 * Asks for a job, in the transaction of whoever acknowledges it. One that is the same as another which waits or runs is made
 * only where the person wants it `anyway`, or runs a job again.
 * @returns undefined when this update asked for it before; then nothing is written.
 */
export async function requestJob(
  stores: Stores,
  limits: Limits,
  budgetOfMonth: Budget,
  wish: NewJob,
  { anyway = Boolean(wish.rerunOf) } = {},
): Promise<Requested | undefined> {
  const twin = anyway ? undefined : await stores.jobs.twinOf(wish)
  if (twin)
    return twin.updateId === wish.updateId && twin.callOrdinal === (wish.callOrdinal ?? 0)
      ? undefined
      : { outcome: 'twin', job: twin }
  const budget = await budgetOfMonth.standing(stores)
  if (budget && isUsedUp(budget)) return { outcome: 'over budget', budget }
  const before = await stores.jobs.active()
  const waiting = before.filter(({ userId, status }) => userId === wish.userId && status === 'queued')
  if (waiting.length >= MOST_QUEUED) return { outcome: 'full' }
  const job = await stores.jobs.create(wish)
  if (!job) return undefined
  const position = placesInLine([...before, job], limits).get(job.id)
  return position === undefined ? { outcome: 'started', job, budget } : { outcome: 'queued', job, position, budget }
}

/** To each job that waits its place in line, counted from 1; those that find room have none. `active` is in order. */
export function placesInLine(
  active: readonly { id: number; userId: number; status: Status }[],
  { maxRunning, maxRunningPerUser }: Limits,
): Map<number, number> {
  // A person's own jobs all go before the next one. Of another's only what may run does: the rest waits for that one's turn.
  const cap = maxRunningPerUser < maxRunning ? maxRunningPerUser : Number.POSITIVE_INFINITY
  const ahead = new Map<number, number>()
  let capped = 0
  const count = (userId: number) => {
    const own = ahead.get(userId) ?? 0
    ahead.set(userId, own + 1)
    if (own < cap) capped += 1
  }
  for (const { userId, status } of active) if (status === 'running') count(userId)
  const places = new Map<number, number>()
  for (const { id, userId, status } of active) {
    if (status !== 'queued') continue
    const own = ahead.get(userId) ?? 0
    const behind = Math.max(own - maxRunningPerUser, own + capped - Math.min(own, cap) - maxRunning)
    if (behind >= 0) places.set(id, behind + 1)
    count(userId)
  }
  return places
}
