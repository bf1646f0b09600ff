import { AsyncLocalStorage } from 'node:async_hooks'

/** What the lines of the log are about, beside what each of them says itself. */
export interface LogFields {
  /** The update that is being handled, or that asked for the job; of a turn of several the first. */
  updateId?: number | null
  /** All of a turn's, where it has several. */
  updateIds?: number[]
  jobId?: number
}

const current = new AsyncLocalStorage<LogFields>()

/**
 * Every line that `work` writes carries these fields, and so do the promises and timers that it leaves behind. They stand
 * in place of those around it: a job that begins because an update was handled is not about that update.
 */
export function withLogFields<T>(fields: LogFields, work: () => T): T {
  return current.run(fields, work)
}

/** The fields for a line that is written now, as an object of its own. For pino's `mixin`. */
export function logFields(): LogFields {
  return { ...current.getStore() }
}
