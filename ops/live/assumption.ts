import { setTimeout as sleep } from 'node:timers/promises'

/** Something that the stand-ins take for granted. `check` throws with what came instead; what it returns is a detail to show. */
export interface Assumption<Context> {
  name: string
  check: (context: Context) => Promise<string> | Promise<void>
}

interface Options<Context> {
  context: Context
  print: (line: string) => void
  signal: AbortSignal
  paceMs: number
}

/** Tries one after the other, and gives the number of those that do not hold. */
export async function tryAll<Context>(list: readonly Assumption<Context>[], options: Options<Context>): Promise<number> {
  const { context, print, signal, paceMs } = options
  let broken = 0
  for (const { name, check } of list) {
    if (signal.aborted) break
    const pause = sleep(paceMs)
    try {
      const detail = await check(context)
      print(`✓ ${name}${detail ? ` (${detail})` : ''}`)
    } catch (error) {
      broken++
      print(`✗ ${name}. Instead: ${error instanceof Error ? error.message : String(error)}`)
    }
    await pause
  }
  return broken
}

/** @throws what came instead, cut to a line, unless it is as assumed. */
export function expectThat(holds: boolean, instead: unknown): asserts holds {
  if (holds) return
  const shown = (typeof instead === 'string' ? instead : JSON.stringify(instead)) ?? 'nothing'
  throw new Error(shown.length > 300 ? `${shown.slice(0, 300).toWellFormed()}…` : shown)
}
