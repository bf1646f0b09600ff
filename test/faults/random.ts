import { seed } from './table.ts'

/** Random numbers that are the same again with the same seed (mulberry32). `salt` keeps two users of one seed apart. */
export function createRandom(salt: number, from = seed) {
  let state = (from ^ Math.imul(salt, 0x9e3779b1)) >>> 0

  /** A number from 0 up to and without 1. */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  const below = (most: number) => Math.floor(next() * most)

  return {
    next,
    /** A whole number from 0 up to and without `most`. */
    below,
    shuffled<T>(list: readonly T[]): T[] {
      const left = [...list]
      return list.flatMap(() => left.splice(below(left.length), 1))
    },
  }
}

export type Random = ReturnType<typeof createRandom>
