import type { Observations } from '../observations.ts'

/** So many failed tries are no chance: one call is tried five times within half a minute. */
const FEWEST_FAILURES = 3

/** Whether Claude answers; unknown before the first call of this process, and until its failures are too many for chance. */
export type ClaudeHealth =
  | { is: 'unknown' }
  | { is: 'right' }
  /** Every call since then; `status` is how the latest try ended: an HTTP status, or a word. */
  | { is: 'failing'; since: Date; status: string }

/** Follows how calls to Claude end. What was ended here says nothing of Claude. */
export function watchClaude(observations: Observations, now: () => number): () => ClaudeHealth {
  let known: ClaudeHealth = { is: 'unknown' }
  let failures = 0
  let failingSince = new Date(0)
  observations.on('claudeAnswered', ({ status }) => {
    if (status === 'aborted') return
    if (status === '200') {
      failures = 0
      known = { is: 'right' }
      return
    }
    if (failures === 0) failingSince = new Date(now())
    failures += 1
    if (failures >= FEWEST_FAILURES) known = { is: 'failing', since: failingSince, status }
  })
  return () => known
}
