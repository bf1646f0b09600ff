/** Something that waiting does not mend: dev says this sentence and ends. */
export class StepAside extends Error {}

export type Say = (sentence: string) => void

/** A line of dev's own, beside the lines of the service. */
export const say: Say = (sentence) => {
  process.stdout.write(`[dev] ${sentence}\n`)
}
