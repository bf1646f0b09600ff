import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Change, UpdateResult } from '../../db/changes.ts'
import type { Delivery } from '../../db/deliveries.ts'
import { costMicros, undated } from '../ai/prices.ts'
import { INTERRUPTED, STOPPED } from '../jobs/lifecycle.ts'
import type { Observations } from '../observations.ts'
import { createInstruments } from './instruments.ts'
import { type Standings, watchStandings } from './standings.ts'

const OUTCOMES = ['done', 'failed', 'stopped', 'interrupted'] as const
const PURPOSES = namesOf<Delivery['purpose']>({
  acknowledgement: true,
  outcome: true,
  steps: true,
  reply: true,
  refusal: true,
  callback: true,
})
const ENDS = namesOf<Exclude<Delivery['state'], 'pending'>>({ sent: true, failed: true, dropped: true })

interface Parts {
  observations: Observations
  standings: Standings
  /** The kinds of jobs that there are. */
  kinds: readonly string[]
  build: { version: string; commit: string }
  /** How long this process took from its start to listening. */
  bootSeconds: number
  /** Standings that could not be read: they are left out of the answer. */
  onError: (error: unknown) => void
}

/**
 * Everything that is counted, in a registry of its own. No label holds an id: their values are names that stand in the code
 * or the configuration, and what services answer with a status. What can be foreseen is there as 0 from the beginning, since
 * the first of a series that comes out of nothing is no increase to Prometheus.
 */
export function createMetrics({ observations, standings, kinds, build, bootSeconds, onError }: Parts): Registry {
  const registry = new Registry()
  const registers = [registry]
  // Memory, garbage collection and the lag of the event loop, under the names by which every dashboard for Node knows them.
  collectDefaultMetrics({ register: registry })
  watchStandings({ registers, purposes: PURPOSES, standings, onError })
  const counted = createInstruments(registers)
  counted.buildInfo.set(build, 1)
  counted.bootDuration.set(bootSeconds)
  for (const result of ['stored', 'repeated', 'refused']) counted.updatesReceived.inc({ result }, 0)
  for (const result of ['handled', 'set_aside']) counted.updatesHandled.inc({ result }, 0)
  for (const kind of kinds) for (const outcome of OUTCOMES) counted.jobsEnded.inc({ kind, outcome }, 0)
  for (const purpose of PURPOSES) for (const state of ENDS) counted.deliveries.inc({ purpose, state }, 0)

  function count(change: Change): void {
    if (change.of === 'update') countUpdate(change.is)
    else if (change.of === 'delivery') {
      const { purpose, is: state, afterMs } = change
      counted.deliveries.inc({ purpose, state })
      if (state === 'sent') counted.deliveryDelay.observe({ purpose }, afterMs / 1000)
    } else if (change.is === 'running') counted.queueWait.observe({ kind: change.jobType }, change.queuedMs / 1000)
    else {
      const labels = { kind: change.jobType, outcome: outcomeOf(change) }
      counted.jobsEnded.inc(labels)
      if (change.ranMs !== null) counted.jobDuration.observe(labels, change.ranMs / 1000)
    }
  }

  function countUpdate(is: UpdateResult): void {
    const isEnd = is === 'handled' || is === 'set aside'
    const counter = isEnd ? counted.updatesHandled : counted.updatesReceived
    counter.inc({ result: labelOf(is) })
  }

  observations.on('changed', count)
  observations.on('committed', (durationMs) => counted.commits.observe(durationMs / 1000))
  observations.on('telegramAnswered', (call) =>
    counted.telegramRequests.inc({ method: call.method, status: labelOf(call.status) }),
  )
  observations.on('claudeAnswered', ({ model: name, status, durationMs }) => {
    const model = undated(name)
    counted.claudeRequests.inc({ model, status })
    counted.claudeDuration.observe({ model }, durationMs / 1000)
  })
  observations.on('claudeUsed', ({ model: name, kind, used }) => {
    const model = undated(name)
    counted.tokens.inc({ model, kind, type: 'input' }, used.inputTokens)
    counted.tokens.inc({ model, kind, type: 'output' }, used.outputTokens)
    counted.tokens.inc({ model, kind, type: 'cache_read' }, used.cacheReadTokens)
    counted.tokens.inc({ model, kind, type: 'cache_write' }, used.cacheWriteTokens)
    counted.cost.inc({ model, kind }, (costMicros(model, used) ?? 0) / 1_000_000)
  })
  observations.on('reconciled', (durationMs) => counted.reconcileDuration.set(durationMs / 1000))
  return registry
}

/** The compiler sees to it that none is missing. */
function namesOf<Name extends string>(names: Record<Name, true>): Name[] {
  return Object.keys(names) as Name[] // they are all that there are
}

function outcomeOf({ is, reason }: { is: 'done' | 'failed'; reason: string | undefined }): (typeof OUTCOMES)[number] {
  if (reason === INTERRUPTED) return 'interrupted'
  return reason === STOPPED ? 'stopped' : is
}

function labelOf(words: string): string {
  return words.replaceAll(' ', '_')
}
