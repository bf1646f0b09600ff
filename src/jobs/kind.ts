import type { LocalTime } from '../local-time.ts'
import type { Job, RunningJob } from './lifecycle.ts'

/** What a kind is asked with: fixed words for Claude, and what this job is about. The job's files go along. */
export interface Prompt {
  system: string
  user: string
  /** How often Claude may search the web for it. Default: not at all. */
  searches?: number
  /**
   * What the answer is about, where the same question may be put in other words: a job that runs another again takes over
   * the steps of that one which were about the same. Default: the whole of `user`.
   */
  about?: string
}

/** A page of the web. */
export interface Source {
  title: string
  url: string
}

/** A link to a page in Markdown, whatever stands in its address. `words` are Markdown too. */
export function linkTo(words: string, url: string): string {
  return `[${words}](<${url.replace(/[<>\s]/g, encodeURIComponent)}>)`
}

/** `text` is Markdown. `cited` are the pages that it rests on, in the order of their numbers; `found` is all that searches gave. */
export interface Answer {
  text: string
  cited: Source[]
  found: Source[]
}

/** What is stored of a person since a time, oldest first; in `said`, each text begins with who said it. */
export interface Past {
  said: { at: string; text: string }[]
  jobs: Job[]
}

/** What a running job may do. Everything it awaits here ends when the job is stopped. */
export interface JobContext {
  readonly job: RunningJob
  /** Aborts at the deadline and at a shutdown. */
  readonly signal: AbortSignal
  /** Times as the person reads them. */
  readonly localTime: LocalTime
  /** Says what the job is doing now, in a few words: its status message and the lists show them. */
  stage(words: string): void
  /** Asks Claude, as a step of this name: what it gave, or why it failed, is stored as it ends. @throws {Failure} with a sentence. */
  ask(step: string, prompt: Prompt): Promise<Answer>
  /** What the recent conversation in the job's chat says, in words; empty when there was none. */
  recentConversation(): Promise<string>
  /** What the person said and had done since a time, ISO 8601 UTC. */
  lookBack(since: string): Promise<Past>
}

/** A kind of job. Its `type` is its command, its `job_type` in the registry, and its name in messages. */
export interface Kind {
  readonly type: string
  /** One line for the command menu. */
  readonly description: string
  /** What a person is told who gives the command with an input that does not fit, or without one that it needs. */
  readonly usage: string
  /** The same for Claude: what the kind does, and what the input is. */
  readonly inputHint: string
  /** Whether what came along (a forward, a message replied to) is part of what it is about. */
  readonly takesMaterial: boolean
  /** Its steps, where they are known beforehand, and what people call them. */
  readonly steps?: { readonly names: readonly string[]; readonly called: string }
  /** What the job is asked with for what was written behind the command; undefined where that does not fit. */
  readInput(argument: string): string | undefined
  /**
   * Does the job and gives the full result, in Markdown. What stands before a line `---` fits one screen and is what the
   * person's phone rings for; the rest follows silently. @throws {Failure} with the reason that the person reads.
   */
  run(context: JobContext): Promise<string>
}

/** Declares a kind of job; kinds/index.ts lists them. */
export function defineKind(kind: Kind): Kind {
  return kind
}

/** For kinds that need some words of the person's. */
export function anyWords(argument: string): string | undefined {
  return argument.trim() || undefined
}
