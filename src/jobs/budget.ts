import type { Stores } from '../../db/open.ts'
import type { LocalTime } from '../local-time.ts'

/** From so many percent on people are told. */
export const WARN_AT_PERCENT = 80

/** How the budget of this month stands, over everybody. Money is in millionths of a US dollar. */
export interface Standing {
  limitMicros: number
  /** In whole percent, rounded down: 100 is never shown before it is reached. */
  usedPercent: number
  /** The first moment of the month, as ISO 8601 UTC. */
  since: string
}

export interface Budget {
  /** Undefined where no budget is set. */
  standing(stores: Pick<Stores, 'modelCalls'>): Promise<Standing | undefined>
}

/** The budget of a calendar month, in the people's time zone. Naive: calls whose price is not known do not count. */
export function createBudget(limitMicros: number | undefined, localTime: LocalTime): Budget {
  return {
    async standing({ modelCalls }) {
      if (limitMicros === undefined) return undefined
      const since = localTime.startOfMonth()
      const usedPercent = Math.floor(((await modelCalls.spentSince(since)) * 100) / limitMicros)
      return { limitMicros, usedPercent, since }
    },
  }
}

/** Whether people are to be told of it. */
export function isNearEnd({ usedPercent }: Standing): boolean {
  return usedPercent >= WARN_AT_PERCENT
}

/** Whether nothing is left: then no new job is made. */
export function isUsedUp({ usedPercent }: Standing): boolean {
  return usedPercent >= 100
}
