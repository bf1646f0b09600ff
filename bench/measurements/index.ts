import type { Measurement } from '../measurement.ts'
import { accept } from './accept.ts'
import { board } from './board.ts'
import { felt } from './felt.ts'
import { lifeCycles } from './life-cycles.ts'
import { lookUp } from './lookups.ts'
import { memory } from './memory.ts'
import { start } from './start.ts'

/** Everything that is measured, in the order of the table. */
export const measurements: readonly Measurement[] = [start, accept, lifeCycles, lookUp, memory, board, felt]
