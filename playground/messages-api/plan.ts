// Which reply a request gets. Faults come first, then rules, then the script, then the model.
import type { Fault } from './faults.ts'
import type { Reply, Responder } from './reply.ts'
import type { MessageRequest } from './request.ts'

export type Match = (request: MessageRequest) => boolean

type Rule = { match: Match; reply: Reply | Responder; left: number }

const interrupted = 'This is the beginning of an answer whose end will not arrive, long enough to be cut in its middle.'

/** Replies are picked at arrival, so a script is used in the order in which requests come. */
export function createPlan(model: Responder) {
  const queue: (Reply | Responder)[] = []
  const rules: Rule[] = []
  const faults: Rule[] = []

  function take(from: Rule[], request: MessageRequest): Rule['reply'] | undefined {
    const rule = from.find(({ match, left }) => left > 0 && match(request))
    if (rule) rule.left -= 1
    return rule?.reply
  }

  return {
    script(...replies: (Reply | Responder)[]): void {
      queue.push(...replies)
    },

    when(match: Match, reply: Reply | Responder, times = Number.POSITIVE_INFINITY): void {
      rules.push({ match, reply, left: times })
    },

    fail({ fault, match = () => true, times = Number.POSITIVE_INFINITY }: Failure): () => void {
      const rule: Rule = { match, reply: { text: interrupted, fault }, left: times }
      faults.push(rule)
      return () => {
        rule.left = 0
      }
    },

    clearFaults(): void {
      faults.length = 0
    },

    async replyTo(request: MessageRequest): Promise<Reply> {
      const reply = take(faults, request) ?? take(rules, request) ?? queue.shift() ?? model
      return typeof reply === 'function' ? reply(request) : reply
    },
  }
}

/** `times` requests that match (all, unless told) meet the fault, until `clearFaults()`. */
export type Failure = { fault: Fault; match?: Match; times?: number }
