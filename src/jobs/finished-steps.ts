import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Step } from '../../db/job-events.ts'
import type { Stores } from '../../db/open.ts'
import type { Kind, Prompt } from './kind.ts'
import type { Job } from './lifecycle.ts'

/** What a step was about, in short: the mark by which it is known again. */
export function aboutOf(step: string, { system, user, about = user, searches }: Prompt): string {
  return createHash('sha256')
    .update(JSON.stringify([step, system, about, searches]))
    .digest('base64url')
}

/** The finished steps that a job may take over from the failed one that it runs again, by what they were about. */
export async function stepsToReuse(
  { jobs, jobEvents }: Pick<Stores, 'jobs' | 'jobEvents'>,
  job: Job,
): Promise<Map<string, Step>> {
  const before = job.rerunOf === null ? undefined : await jobs.getOf(job.userId, job.rerunOf)
  const isSame =
    before?.status === 'failed' &&
    before.jobType === job.jobType &&
    before.inputText === job.inputText &&
    isDeepStrictEqual(before.files, job.files)
  const steps = isSame ? finishedOf(await jobEvents.steps(before.id)) : []
  return new Map(steps.flatMap((step) => (step.about ? [[step.about, step]] : [])))
}

export function finishedOf(steps: Step[]): Step[] {
  return steps.filter(({ outcome }) => outcome === 'done')
}

/** `3 of 5 directors`, `2 steps`: how much of a job was finished; undefined when nothing was. */
export function finishedInWords(finished: Step[], kind: Kind | undefined): string | undefined {
  const count = new Set(finished.map(({ name }) => name)).size
  if (count === 0) return undefined
  return kind?.steps ? `${count} of ${kind.steps.names.length} ${kind.steps.called}` : `${count} step${count === 1 ? '' : 's'}`
}
