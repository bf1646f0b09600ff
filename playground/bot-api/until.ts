import type { State } from './state.ts'

const eventNames = ['message', 'edit', 'delete', 'action', 'draft', 'draftEnd', 'call', 'poll', 'push', 'delivered'] as const

/**
 * Resolves with what the predicate gives as soon as that is truthy; asks again at every event of the stand-in, not by a clock.
 * Rejects after `timeoutMs` and says what was last seen in the chats and in the journal.
 */
export function until<T>(
  state: State,
  predicate: () => T | undefined | null | false,
  timeoutMs = 15_000,
): Promise<NonNullable<T>> {
  const { promise, resolve, reject } = Promise.withResolvers<NonNullable<T>>()
  const timer = setTimeout(() => reject(new Error(`Not seen within ${timeoutMs} ms.\n${report(state)}`)), timeoutMs)
  const check = () => {
    try {
      const value = predicate()
      if (value) resolve(value)
    } catch (error) {
      reject(error)
    }
  }
  for (const name of eventNames) state.events.on(name, check)
  check()
  return promise.finally(() => {
    clearTimeout(timer)
    for (const name of eventNames) state.events.off(name, check)
  })
}

function report(state: State): string {
  const chats = [...state.chats].map(([id, messages]) => {
    const lines = messages.slice(-5).map((message) => `    ${message.from} #${message.message_id}: ${brief(message.text)}`)
    return [`  chat ${id}, ${messages.length} messages, the last:`, ...lines].join('\n')
  })
  const calls = state.calls
    .slice(-8)
    .map((call) => `    ${call.method} ${brief(JSON.stringify(call.payload))}: ${call.outcome}`)
  const error = state.webhook?.lastError?.message ?? 'none'
  return [
    ...(chats.length > 0 ? chats : ['  no chats']),
    `  ${state.calls.length} calls, the last:`,
    ...calls,
    `  webhook: ${state.webhook?.url ?? 'not set'}, last error: ${error}`,
  ].join('\n')
}

function brief(text: string): string {
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}
