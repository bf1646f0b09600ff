import type { Source } from '../src/jobs/kind.ts'
import type { Status } from '../src/jobs/lifecycle.ts'
import type { Executor, Touch } from './open.ts'
import { prepared } from './prepared.ts'

/** A finished piece of a job: what it gave, or why it gave nothing. Times are ISO 8601 UTC. */
export interface Step {
  name: string
  outcome: 'done' | 'failed'
  text: string
  /** The pages that it rests on, and all that its searches gave. */
  cited?: Source[]
  found?: Source[]
  /** What it was about: where that is the same, a job that runs this one again takes it over. */
  about?: string
  /** The job that it was taken over from. */
  reusedFrom?: number | null
  startedAt: string
  completedAt: string
}

/** One row of that sequence. Numbers grow with time, over all jobs. */
export type JobEvent = { id: number } & ({ type: 'transition'; status: Status; at: string } | { type: 'step'; step: Step })

const insertStep = prepared((db, { jobId, name, data, at }: { jobId: number; name: string; data: string; at: string }) =>
  db.insertInto('jobEvents').values({ jobId, type: 'step', name, data, at }),
)

/** Transitions (written by trigger) and steps of a job, in one sequence. */
export function createJobEvents(db: Executor, touch: Touch) {
  const ofJob = (jobId: number, type: 'step' | 'transition') =>
    db
      .selectFrom('jobEvents')
      .select(['name', 'data', 'at'])
      .where('jobId', '=', jobId)
      .where('type', '=', type)
      .orderBy('id')
      .execute()

  const toStep = ({ name, data, at }: { name: string; data: string; at: string }): Step => ({
    name,
    outcome: 'done',
    text: '',
    reusedFrom: null,
    startedAt: at,
    ...JSON.parse(data),
    completedAt: at,
  })

  return {
    async addStep(jobId: number, { name, completedAt: at, ...data }: Step): Promise<void> {
      await insertStep(db, { jobId, name, data: JSON.stringify(data), at })
      touch('jobEvents')
    },

    async steps(jobId: number): Promise<Step[]> {
      return (await ofJob(jobId, 'step')).map(toStep)
    },

    /** What happened to a job after an event of it, in order, at most so many. */
    async after(jobId: number, afterId: number, limit: number): Promise<JobEvent[]> {
      const rows = await db
        .selectFrom('jobEvents')
        .selectAll()
        .where('jobId', '=', jobId)
        .where('id', '>', afterId)
        .orderBy('id')
        .limit(limit)
        .execute()
      return rows.map(
        ({ id, type, name, at, data }) =>
          type === 'step' ? { id, type, step: toStep({ name, data, at }) } : { id, type, status: name as Status, at }, // by trigger, from the column
      )
    },

    async transitions(jobId: number): Promise<{ status: Status; at: string }[]> {
      const rows = await ofJob(jobId, 'transition')
      return rows.map(({ name, at }) => ({ status: name as Status, at })) // by trigger, from the column
    },
  }
}
