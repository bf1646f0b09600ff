/** What a figure is to reach: a ratio of ours to the other. */
export type Goal = { atMost: number } | { atLeast: number }

/** One line of the table. */
export interface Figure {
  what: string
  against: string
  /** Both as they are printed, with their unit. */
  ours: string
  theirs: string
  /** Ours by theirs, of the same unit. */
  ratio: number
  goal: Goal
  /** Where the figure is not reached: a sentence on what a profile says. */
  why?: string
}

/** What a measurement works with. Rounds are small with `--quick`, which shows that all of it works and little more. */
export interface Workshop {
  quick: boolean
  /** A folder of this run's own. */
  folder: string
  /** The service as it is deployed, the built bundle. */
  entry: string
  /** A database file with that many jobs, messages and deliveries, made once a run. */
  registryOf(count: number): Promise<string>
  /** Says how far it has come. */
  say(line: string): void
}

/** A measurement, which is picked by its name: `npm run bench -- accept`. */
export interface Measurement {
  name: string
  run(workshop: Workshop): Promise<Figure[]>
}

export function isReached({ ratio, goal }: Figure): boolean {
  return 'atMost' in goal ? ratio <= goal.atMost : ratio >= goal.atLeast
}

/** `at most 1.5`, as the table has it. */
export function goalInWords(goal: Goal): string {
  return 'atMost' in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`
}

/** Milliseconds as they are printed. */
export function ms(value: number): string {
  return value < 10 ? `${value.toFixed(2)} ms` : `${Math.round(value)} ms`
}

/** Bytes as they are printed: `84 MB`. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`
}
