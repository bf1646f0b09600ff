import type { Observations } from '../observations.ts'

/** So many failed tries are no chance: one call is tried five times within half a minute. */
const FEWEST_FAILURES = 3

export interface Failing {
  since: Date
  /** How the latest try ended: a status, or a word. */
  status: string
}

/** Whether Claude has failed every call since some time. What was ended here says nothing of Claude. */
export function watchClaude(observations: Observations, now: () => number): () => Failing | undefined {
  let failing: (Failing & { failures: number }) | undefined
  observations.on('claudeAnswered', ({ status }) => {
    if (status === '200') failing = undefined
    else if (status !== 'aborted') {
      failing = { since: failing?.since ?? new Date(now()), failures: (failing?.failures ?? 0) + 1, status }
    }
  })
  return () => (failing && failing.failures >= FEWEST_FAILURES ? failing : undefined)
}
