import type { FinishedJob } from '../src/jobs/lifecycle.ts'
import type { Row } from './schema.ts'

/** What a commit changed, as far as somebody counts it: without ids, and without a word of what people wrote. */
export type Change =
  | { of: 'job'; is: 'running'; jobType: string; queuedMs: number }
  /** `ranMs` is null of one that never ran; `reason` is why it failed, in the words of the registry. */
  | { of: 'job'; is: FinishedJob['status']; jobType: string; ranMs: number | null; reason: string | undefined }
  /** `afterMs` is the time since it was laid into the outbox. */
  | {
      of: 'delivery'
      is: Exclude<Row<'deliveries'>['state'], 'pending'>
      purpose: Row<'deliveries'>['purpose']
      afterMs: number
    }
  | { of: 'update'; is: UpdateResult }

/** Refused is what a stranger or a group sent; set aside is what could not be handled after all tries. */
export type UpdateResult = 'stored' | 'repeated' | 'refused' | 'handled' | 'set aside'

/** A store tells what it changed; whoever counts hears of it after the commit. */
export type Tell = (change: Change) => void

/** Hears what becomes of the database. Must not throw. */
export interface DatabaseObserver {
  changed?: Tell
  /** A commit that wrote something is on disk; the time includes the wait for a writer beside us. */
  committed?: (durationMs: number) => void
}
