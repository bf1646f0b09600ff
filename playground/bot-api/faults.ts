import type { Params } from './params.ts'
import { readInteger } from './params.ts'
import { Refusal } from './refusal.ts'

/** One way for a call to go wrong. `truncated` and `lost` happen after the call took effect, all others instead of it. */
export type Fault =
  | { kind: 'rate-limit' /** seconds */; retryAfter: number }
  | { kind: 'server-error'; status?: 500 | 502 }
  | { kind: 'refuse'; error_code: number; description: string; parameters?: Record<string, unknown> }
  | { kind: 'reset' }
  | { kind: 'hang' }
  | { kind: 'html' }
  | { kind: 'truncated' }
  | { kind: 'lost' }

/** Which calls go wrong, and how often: any method and any chat unless said, once unless said. */
export type FaultRule = { method?: string; chatId?: number; times?: number; fault: Fault }

/** Keeps the faults asked for; the oldest rule that fits a call is used up first. */
export function createFaults() {
  let rules: { rule: FaultRule; left: number }[] = []
  return {
    /** Returns how to take the rule back. */
    fail(rule: FaultRule): () => void {
      const entry = { rule, left: rule.times ?? 1 }
      rules.push(entry)
      return () => {
        rules = rules.filter((other) => other !== entry)
      }
    },
    clear(): void {
      rules = []
    },
    take(method: string, params: Params): Fault | undefined {
      const entry = rules.find(({ rule }) => {
        const chatFits = rule.chatId === undefined || rule.chatId === readInteger(params, 'chat_id')
        return chatFits && (rule.method === undefined || rule.method.toLowerCase() === method.toLowerCase())
      })
      if (!entry) return undefined
      entry.left -= 1
      if (entry.left <= 0) rules = rules.filter((other) => other !== entry)
      return entry.rule.fault
    },
  }
}

/** The refusal that a fault stands for, if it is one that Telegram puts into words. */
export function toRefusal(fault: Fault): Refusal | undefined {
  if (fault.kind === 'refuse') return new Refusal(fault.error_code, fault.description, fault.parameters)
  if (fault.kind === 'rate-limit') {
    const { retryAfter } = fault
    return new Refusal(429, `Too Many Requests: retry after ${retryAfter}`, { retry_after: retryAfter })
  }
  if (fault.kind === 'server-error') {
    return fault.status === 502 ? new Refusal(502, 'Bad Gateway') : new Refusal(500, 'Internal Server Error')
  }
  return undefined
}
