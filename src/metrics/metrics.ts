import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Change } from '../../db/changes.ts'
import { costMicros } from '../ai/prices.ts'
import { INTERRUPTED, STOPPED } from '../jobs/lifecycle.ts'
import type { Observations } from '../observations.ts'
import { createInstruments } from './instruments.ts'
import { type Standings, watchStandings } from './standings.ts'

const UPDATE_RESULTS = ['stored', 'repeated', 'refused', 'handled', 'set aside'] as const

interface Parts {
  observations: Observations
  standings: Standings
  /** Standings that could not be read: they are left out of the answer. */
  onError: (error: unknown) => void
}

/**
 * Everything that is counted, in a registry of its own. No label holds an id: their values are names that stand in the code
 * or the configuration, and what services answer with a status.
 */
export function createMetrics({ observations, standings, onError }: Parts) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'remy_' }) // memory, garbage collection, and the lag of the event loop
  watchStandings({ registers, standings, onError })
  const counted = createInstruments(registers)
  for (const result of UPDATE_RESULTS) counted.updates.inc({ result: labelOf(result) }, 0)

  function count(change: Change): void {
    if (change.of === 'update') counted.updates.inc({ result: labelOf(change.is) })
    else if (change.of === 'delivery') {
      const { purpose, is: state, afterMs } = change
      counted.deliveries.inc({ purpose, state })
      if (state === 'sent') counted.deliveryDelay.observe({ purpose }, afterMs / 1000)
    } else if (change.is === 'running') counted.queueWait.observe({ kind: change.jobType }, change.queuedMs / 1000)
    else {
      const kind = change.jobType
      counted.jobsEnded.inc({ kind, outcome: outcomeOf(change) })
      if (change.ranMs !== null) counted.jobDuration.observe({ kind }, change.ranMs / 1000)
    }
  }

  observations.on('changed', count)
  observations.on('committed', (durationMs) => counted.commits.observe(durationMs / 1000))
  observations.on('telegramAnswered', (call) =>
    counted.telegramRequests.inc({ method: call.method, status: labelOf(call.status) }),
  )
  observations.on('claudeAnswered', ({ model, status, durationMs }) => {
    counted.claudeRequests.inc({ model, status })
    counted.claudeDuration.observe({ model }, durationMs / 1000)
  })
  observations.on('claudeUsed', ({ model, kind, used }) => {
    counted.tokens.inc({ model, kind, type: 'input' }, used.inputTokens)
    counted.tokens.inc({ model, kind, type: 'output' }, used.outputTokens)
    counted.tokens.inc({ model, kind, type: 'cache_read' }, used.cacheReadTokens)
    counted.tokens.inc({ model, kind, type: 'cache_write' }, used.cacheWriteTokens)
    counted.cost.inc({ model, kind }, (costMicros(model, used) ?? 0) / 1_000_000)
  })
  observations.on('reconciled', (durationMs) => counted.reconcileDuration.set(durationMs / 1000))

  return { registry, setBootDuration: (seconds: number) => counted.bootDuration.set(seconds) }
}

function outcomeOf({ is, reason }: { is: 'done' | 'failed'; reason: string | undefined }): string {
  if (reason === INTERRUPTED) return 'interrupted'
  return reason === STOPPED ? 'stopped' : is
}

function labelOf(words: string): string {
  return words.replaceAll(' ', '_')
}
