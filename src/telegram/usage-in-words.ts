import type { Usage } from '../../db/model-calls.ts'

const numbers = new Intl.NumberFormat('en-US')
const money = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' })
/** A budget may be set in fractions of a cent. */
const exactMoney = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 6 })

const MICROS = 1_000_000
const CENT = 10_000

/**
 * What was used, for people: `12,345 tokens in · 2,010 out · $0.08`. What went in counts whole, whether or not it was read
 * from the cache. Without dollars where no price is known, and with the least that it was where some are not.
 */
export function usageInWords(usage: Usage): string {
  const tokensIn = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  const tokens = `${numbers.format(tokensIn)} tokens in · ${numbers.format(usage.outputTokens)} out`
  if (usage.unpricedCalls === 0) return `${tokens} · ${dollars(usage.costMicros)}`
  return usage.unpricedCalls < usage.calls ? `${tokens} · at least ${dollars(usage.costMicros)}` : tokens
}

/** Millionths of a US dollar, in cents: `$0.08`. */
export function dollars(micros: number): string {
  return micros > 0 && micros < CENT ? 'less than $0.01' : money.format(micros / MICROS)
}

/** A budget in millionths of a US dollar, exactly: `$20.00`. */
export function budgetInDollars(micros: number): string {
  return exactMoney.format(micros / MICROS)
}
