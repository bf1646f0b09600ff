import type { Limits } from './request.ts'

/** So many crashes in so short a time are a loop, which the work itself may cause. */
const CRASHES = 3
const WITHIN_MS = 10 * 60_000

/** From when on crashes count, as ISO 8601 UTC. */
export function crashesCountFrom(now = Date.now()): string {
  return new Date(now - WITHIN_MS).toISOString()
}

/**
 * The brake for crash loops: after the third crash in ten minutes jobs begin one at a time, until ten minutes have passed
 * without another. What was running at a crash is failed, so a job that kills the process takes at most its neighbours
 * along: MAX_RUNNING_JOBS before the brake is on, and then itself alone.
 */
export function createBrake(limits: Limits, crashes: number, now = () => performance.now()) {
  const until = crashes >= CRASHES ? now() + WITHIN_MS : 0
  const isOn = () => now() < until
  return {
    isOn,
    /** For how many ms it stays on. */
    leftMs: () => Math.max(0, until - now()),
    limits: {
      get maxRunning(): number {
        return isOn() ? 1 : limits.maxRunning
      },
      maxRunningPerUser: limits.maxRunningPerUser,
    } satisfies Limits,
  }
}

export type Brake = ReturnType<typeof createBrake>
