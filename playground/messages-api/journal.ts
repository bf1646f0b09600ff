// What has arrived and what became of it, and waiting for it.
import { EventEmitter } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import type { Fault } from './faults.ts'
import type { MessageRequest } from './request.ts'
import type { Usage } from './usage.ts'

/**
 * open: no full answer yet. answered: the whole answer is out. refused: 4xx by the checks.
 * fault: what a fault made of it is out. closed: the client went away before that.
 */
export type Outcome = 'open' | 'answered' | 'refused' | 'fault' | 'closed'

export type JournalEntry = {
  /** The `request-id` header of the answer. */
  id: string
  /** Milliseconds of Date.now() at arrival. */
  at: number
  headers: IncomingHttpHeaders
  /** As it was checked. Of a refused request: whatever JSON came, or {} if it was none. */
  body: MessageRequest
  raw: string
  outcome: Outcome
  /** Why it was refused. */
  refusal?: string
  fault?: Fault['kind']
  usage?: Usage
}

export type JournalEvents = { request: [JournalEntry]; answered: [JournalEntry]; closed: [JournalEntry] }

export type Journal = ReturnType<typeof createJournal>

/** `inFlight` counts the requests that passed the checks and have no full answer yet. */
export function createJournal() {
  const events = new EventEmitter<JournalEvents>()
  // Every pending `until` listens, and a test may have many of them.
  events.setMaxListeners(0)
  const requests: JournalEntry[] = []
  const stop = new AbortController()
  let [inFlight, maxInFlight, aborted] = [0, 0, 0]

  function settle(entry: JournalEntry, outcome: Outcome): void {
    if (entry.outcome !== 'open') return
    entry.outcome = outcome
    inFlight -= 1
    if (outcome === 'closed') aborted += 1
    events.emit(outcome === 'closed' ? 'closed' : 'answered', entry)
  }

  return {
    events,
    requests,
    settle,
    get inFlight() {
      return inFlight
    },
    get maxInFlight() {
      return maxInFlight
    },
    get aborted() {
      return aborted
    },

    open(entry: Omit<JournalEntry, 'outcome'>): JournalEntry {
      const opened: JournalEntry = { ...entry, outcome: 'open' }
      requests.push(opened)
      inFlight += 1
      maxInFlight = Math.max(maxInFlight, inFlight)
      events.emit('request', opened)
      return opened
    },

    refuse(entry: Omit<JournalEntry, 'outcome'>): void {
      const refused: JournalEntry = { ...entry, outcome: 'refused' }
      requests.push(refused)
      events.emit('request', refused)
      events.emit('answered', refused)
    },

    /** Resolves when the predicate holds, now or after any event; rejects after the timeout, or when the API closes. */
    async until(predicate: () => boolean, timeoutMs = 15_000): Promise<void> {
      if (predicate()) return
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const giveUp = (reason: string) => {
        const outcomes = requests.map(({ outcome, fault, refusal }) => refusal ?? fault ?? outcome).join(', ') || 'none'
        const counts = `${inFlight} in flight, ${aborted} aborted`
        reject(new Error(`${reason} before ${predicate} held. Requests: ${outcomes}; ${counts}.`))
      }
      const check = () => {
        try {
          if (predicate()) resolve()
        } catch (error) {
          reject(error)
        }
      }
      const onStop = () => giveUp('The Messages API was closed')
      const timer = setTimeout(() => giveUp(`${timeoutMs} ms passed`), timeoutMs)
      const names = ['request', 'answered', 'closed'] as const
      for (const name of names) events.on(name, check)
      stop.signal.addEventListener('abort', onStop)
      await promise.finally(() => {
        clearTimeout(timer)
        stop.signal.removeEventListener('abort', onStop)
        for (const name of names) events.off(name, check)
      })
    },

    stop: () => stop.abort(),
  }
}
