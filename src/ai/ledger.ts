import { setImmediate } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Account } from '../../db/model-calls.ts'
import type { Database } from '../../db/open.ts'
import { costMicros, type Used } from './prices.ts'

interface Parts {
  db: Pick<Database, 'modelCalls'>
  log: Pick<FastifyBaseLogger, 'error'>
}

/**
 * Writes down what each call to Claude used and cost, beside whatever goes on: a row that cannot be written is logged and
 * missing in the sums, and nothing else fails for it. A crash loses the rows of the calls under way.
 */
export function createLedger({ db, log }: Parts) {
  const writes = new Set<Promise<void>>()

  return {
    record(account: Account, model: string, used: Used): void {
      const { hourCacheWriteTokens: _, ...columns } = used
      const write = db.modelCalls
        .add({ ...account, model, ...columns, costMicros: costMicros(model, used) })
        .catch((err) => log.error({ err, model }, 'What a call to Claude used could not be stored'))
        .finally(() => writes.delete(write))
      writes.add(write)
    },

    /** Resolves when all that was recorded is on disk, or logged: that of a call that was just aborted, too. */
    async settled(): Promise<void> {
      await setImmediate() // by then it has unwound
      await Promise.all(writes)
    },
  }
}

export type Ledger = ReturnType<typeof createLedger>
