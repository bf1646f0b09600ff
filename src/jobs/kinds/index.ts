import type { Kind } from '../kind.ts'
import { board } from './board.ts'

/** Every kind of job there is. */
export const kinds: readonly Kind[] = [board]
