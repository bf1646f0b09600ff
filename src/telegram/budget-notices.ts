import type { Stores } from '../../db/open.ts'
import { type Budget, isNearEnd, isUsedUp, type Standing } from '../jobs/budget.ts'
import { type Address, post } from './outbox.ts'
import { budgetInDollars } from './usage-in-words.ts'

/** How the budget stands, once it is nearly used. */
export function budgetWord(standing: Standing | undefined): string | undefined {
  return standing && isNearEnd(standing) ? `⚠️ ${usedInWords(standing)}.` : undefined
}

/** `83 % of this month's budget of $20.00 is used`. */
export function usedInWords({ usedPercent, limitMicros }: Standing): string {
  return `${usedPercent} % of this month's budget of ${budgetInDollars(limitMicros)} is used`
}

/** Why a job is declined. */
export function usedUpText({ limitMicros }: Standing): string {
  const budget = budgetInDollars(limitMicros)
  return `This month's budget of ${budget} is used up, so I start no new background jobs before the next month. Chat goes on.`
}

/**
 * Lays a message into the outbox when the budget is nearly used and this person does not know yet: once a month, in the
 * transaction that ends a job or a turn of theirs.
 */
export async function announceBudget(stores: Stores, budget: Budget, userId: number, to: Address): Promise<void> {
  const standing = await budget.standing(stores)
  if (!standing || !isNearEnd(standing)) return
  const key = `budget_told_${userId}`
  if ((await stores.settings.get(key)) === standing.since) return
  await stores.settings.set(key, standing.since)
  const consequence = isUsedUp(standing) ? 'I start' : 'Once all of it is used, I start'
  const text = `${budgetWord(standing)} ${consequence} no new background jobs before the next month. Chat goes on. /usage tells more.`
  await post(stores, to, { text, silent: true })
}
