import type { Attachment } from '../attachment.ts'

/** The legal moves of a job's status. The store's one way to move is typed by this table: an illegal move does not compile. */
export const moves = {
  /** Written and acknowledged, not begun. The runner moves it on when there is room, or its person, who calls it off; after a stop it starts at the next boot. */
  queued: ['running', 'failed'],
  /** Its promise is alive in this process. Its own end, its person, a deadline or a shutdown moves it on; a crash here makes it failed at the next boot. */
  running: ['done', 'failed'],
  /** result_text is the full result. Final; a crash here only means that delivery goes on at the next boot. */
  done: [],
  /** result_text says why. Final; a person may run it again, as a new job. */
  failed: [],
} as const

export type Status = keyof typeof moves
export const statuses = Object.keys(moves) as Status[] // the keys of a constant
export type NextStatus<From extends Status> = (typeof moves)[From][number]

/** What `result_text` says of a job whose process went away. */
export const INTERRUPTED = 'interrupted by restart'

/** What `result_text` says of a job that its person stopped. */
export const STOPPED = 'stopped by you'

/** What every job has; times are ISO 8601 UTC. `chatId` is where it was asked for, null where that is the person's own chat. */
interface JobFacts {
  readonly id: number
  readonly userId: number
  readonly jobType: string
  readonly inputText: string
  readonly createdAt: string
  readonly startedAt: string | null
  readonly chatId: number | null
  readonly messageThreadId: number | null
  readonly requestMessageId: number | null
  /** What asked for it: the Telegram update, and which of that update's wishes it is. */
  readonly updateId: number | null
  readonly callOrdinal: number
  /** The process that ran it. */
  readonly bootId: string | null
  /** What it was asked with beside its words. */
  readonly files: readonly Attachment[]
  /** The job that it repeats. */
  readonly rerunOf: number | null
  /** What it is doing while it runs, in words. */
  readonly stage: string | null
  /** The notice that it shares with others which the same stop interrupted, a delivery. */
  readonly noticeId: number | null
}

type Pending = JobFacts & { readonly completedAt: null; readonly resultText: null }
type Finished = JobFacts & { readonly completedAt: string; readonly resultText: string }

export type QueuedJob = Pending & { readonly status: 'queued' }
export type RunningJob = Pending & { readonly status: 'running' }
export type DoneJob = Finished & { readonly status: 'done' }
export type FailedJob = Finished & { readonly status: 'failed' }

export type PendingJob = QueuedJob | RunningJob
export type FinishedJob = DoneJob | FailedJob
export type Job = PendingJob | FinishedJob
