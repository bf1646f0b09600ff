import type { RunningJob } from './lifecycle.ts'

/** What a kind is asked with: fixed words for Claude, and what this job is about. */
export interface Prompt {
  system: string
  user: string
}

/** What a running job may do. Everything it awaits here ends when the job is stopped. */
export interface JobContext {
  readonly job: RunningJob
  /** Aborts at the deadline and at a shutdown. */
  readonly signal: AbortSignal
  /** Runs a named piece of the job and stores what it gave, or why it failed, as it ends. */
  step(name: string, work: () => Promise<string>): Promise<string>
  /** Asks Claude and gives its answer in words. @throws {Failure} with a sentence for the person. */
  ask(prompt: Prompt): Promise<string>
  /** What the recent conversation in the job's chat says, in words; empty when there was none. */
  recentConversation(): Promise<string>
}

/** A kind of job. Its `type` is its command, its `job_type` in the registry, and its name in messages. */
export interface Kind {
  readonly type: string
  /** One line for the command menu. */
  readonly description: string
  /** What a person is told who gives the command without an input. */
  readonly usage: string
  /** Does the job and gives the full result. @throws {Failure} with the reason that the person reads. */
  run(context: JobContext): Promise<string>
}

/** Declares a kind of job; kinds/index.ts lists them. */
export function defineKind(kind: Kind): Kind {
  return kind
}
