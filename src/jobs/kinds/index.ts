import type { Kind } from '../kind.ts'
import { board } from './board.ts'
import { research } from './research.ts'
import { retrospective } from './retrospective.ts'

/** Every kind of job there is, in the order of the command menu. */
export const kinds: readonly Kind[] = [board, research, retrospective]
