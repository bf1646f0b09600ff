/**
 * What models cost, in US dollars per million tokens, which is the same as millionths of a dollar per token.
 * As documented in November 2026; a change of price is a change of this table, and what was counted before stays as it was.
 */
const prices: Record<string, { input: number; output: number }> = {
  'claude-opus-5-5': { input: 4, output: 20 },
  'claude-sonnet-5-5': { input: 2, output: 10 },
  'claude-haiku-5-5': { input: 0.1, output: 0.5 },
  'claude-fable-5-2': { input: 8, output: 40 },
}

/** The documented multipliers of the input price, for what is read from the prompt cache and what is written to it. */
const CACHE_READ = 0.1
const CACHE_WRITE_5_MINUTES = 1.25
const CACHE_WRITE_1_HOUR = 2
/** Ten dollars for a thousand searches of the web, whatever the model. */
const SEARCH_MICROS = 10_000

/** What one call used. The four counts of tokens do not overlap; `cacheWriteTokens` are of both lifetimes. */
export interface Used {
  inputTokens: number
  outputTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
  /** How many of `cacheWriteTokens` are kept for an hour; the rest is for five minutes. */
  hourCacheWriteTokens: number
  searches: number
}

/** What a call cost in millionths of a US dollar, rounded to whole ones; null where the price of its model is not known. */
export function costMicros(model: string, used: Used): number | null {
  const price = priceOf(model)
  if (!price) return null
  const hour = used.hourCacheWriteTokens
  const input =
    used.inputTokens +
    used.cacheReadTokens * CACHE_READ +
    (used.cacheWriteTokens - hour) * CACHE_WRITE_5_MINUTES +
    hour * CACHE_WRITE_1_HOUR
  return Math.round(input * price.input + used.outputTokens * price.output + used.searches * SEARCH_MICROS)
}

/** Whether calls to this model can be put in dollars. */
export function hasPrice(model: string): boolean {
  return priceOf(model) !== undefined
}

function priceOf(model: string) {
  const name = undated(model)
  return Object.hasOwn(prices, name) ? prices[name] : undefined
}

/** The name of a model without the date of its release, which an answer may tell and a request not: `claude-opus-5-5-20260901`. */
export function undated(model: string): string {
  return model.replace(/-\d{8}$/, '')
}
