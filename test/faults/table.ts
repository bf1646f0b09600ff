import { appendFileSync } from 'node:fs'

/** A line of the table in docs/RELIABILITY.md. */
export interface Row {
  /** The fault, in the words of the table. */
  fault: string
  /** How often it struck. */
  rounds: number
  /** What was lost, doubled against the rules, or left running: `nothing`, else what. */
  lost: string
  /** The broken variant that these checks were seen to catch, in a few words. */
  control?: string
  /** What makes random rounds the same again. */
  seed?: number
}

/** Where the runner collects the lines, one JSON a line; without it they are only printed. */
const file = process.env.FAULTS_TABLE

/** How many times over the rounds of each group are made: 1 unless `--rounds` says more. */
export const factor = Number(process.env.FAULTS_ROUNDS ?? 1)

/** The seed of everything random in this run; the runner chooses and prints it. */
export const seed = Number(process.env.FAULTS_SEED ?? 1)

/** Puts a line into the table that the battery ends in. Called at the end of a test that was green. */
export function report(row: Row): void {
  if (file) appendFileSync(file, `${JSON.stringify(row)}\n`)
}

/** Says aloud that this machine cannot show a fault, in the table too. */
export function skipped(fault: string, why: string): void {
  process.stderr.write(`SKIPPED: ${fault}: ${why}\n`)
  report({ fault, rounds: 0, lost: `not tried here: ${why}` })
}
