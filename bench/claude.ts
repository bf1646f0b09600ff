import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startModule } from './child.ts'
import type { Rule } from './stand-in-claude.ts'

const LOOK_MS = 50

/** The Messages API beside the measurement, answering by these rules. */
export async function startClaude(rules: readonly Rule[]) {
  const child = await startModule(join(import.meta.dirname, 'stand-in-claude.ts'), [JSON.stringify(rules)])

  async function inFlight(): Promise<number> {
    const answer = once(child.process, 'message') as Promise<[number]> // all that it ever says
    child.process.send('in flight')
    const [count] = await answer
    return count
  }

  return {
    url: child.url,
    /** Resolves once that many requests are being answered. @throws when they are not within two minutes. */
    async untilInFlight(count: number): Promise<void> {
      const patience = AbortSignal.timeout(120_000)
      while ((await inFlight()) < count) {
        patience.throwIfAborted()
        await sleep(LOOK_MS)
      }
    },
    stop: child.stop,
  }
}
