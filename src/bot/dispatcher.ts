import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Database } from '../../db/open.ts'
import type { StoredUpdate } from '../../db/updates.ts'
import { post } from '../telegram/outbox.ts'
import { AlreadyHandled } from './context.ts'
import { isCommand } from './feature.ts'
import { originOf } from './origin.ts'

/** How often an update is tried whose handler throws. */
const TRIES = 3

interface Parts {
  db: Database
  handle: (update: StoredUpdate) => Promise<void>
  /** Aborts when the service closes. */
  signal: AbortSignal
  log: FastifyBaseLogger
}

/**
 * Lanes: the conversation turns of a chat run one after the other, and so do its commands and buttons, in a lane of their
 * own that no turn holds up. An update that is not finished when the process ends is dispatched again at the next boot.
 */
export function createDispatcher({ db, handle, signal, log }: Parts) {
  const lanes = new Map<string, Promise<void>>()

  function dispatch(update: StoredUpdate): void {
    const lane = laneOf(update)
    const tail = (lanes.get(lane) ?? Promise.resolve()).then(() => work(update))
    lanes.set(lane, tail)
    tail.finally(() => {
      if (lanes.get(lane) === tail) lanes.delete(lane)
    })
  }

  async function work(update: StoredUpdate): Promise<void> {
    for (let tries = update.attempts + 1; !signal.aborted; tries++) {
      try {
        await handle(update)
        await db.updates.setHandled(update.updateId) // for updates that nothing had to be written for
        return
      } catch (err) {
        if (err instanceof AlreadyHandled || signal.aborted) return
        log.error({ err, updateId: update.updateId, tries }, 'An update could not be handled')
        const noted = await noteFailure(update, tries, err).catch((error) =>
          log.error({ err: error }, 'A failed try could not be noted'),
        )
        if (noted === 'set aside') return
        await sleep(1_000 * Math.min(tries, 30), undefined, { signal }).catch(() => {})
      }
    }
  }

  /** After the last try the update is set aside with its error, and the person is told. */
  async function noteFailure(update: StoredUpdate, tries: number, error: unknown): Promise<'set aside' | 'again'> {
    return db.transaction(async (stores) => {
      await stores.updates.setAttempted(
        update.id,
        tries,
        error instanceof Error ? `${error.name}: ${error.message}` : 'unknown',
      )
      if (tries < TRIES) return 'again'
      const origin = originOf(JSON.parse(update.payload))
      if ((await stores.updates.setHandled(update.updateId)) && origin?.speaks) {
        const text = 'Sorry, something went wrong on my side and I could not handle your message. Please try it again.'
        await post(stores, { chatId: origin.chat.id, messageThreadId: origin.messageThreadId }, { purpose: 'reply', text })
      }
      return 'set aside'
    })
  }

  return {
    dispatch,

    /** Sends on their way what earlier processes left unfinished. To be called before any new update can arrive. */
    async resume(): Promise<number> {
      const updates = await db.updates.unhandled()
      for (const update of updates) dispatch(update)
      return updates.length
    },

    /** Resolves when no update is being handled. */
    async idle(): Promise<void> {
      while (lanes.size > 0) await Promise.allSettled(lanes.values())
    },
  }
}

export type Dispatcher = ReturnType<typeof createDispatcher>

function laneOf({ chatId, payload }: StoredUpdate): string {
  const { message } = JSON.parse(payload) as { message?: { text?: unknown } } // looked at, not trusted
  const isTurn = typeof message?.text === 'string' && !isCommand(message.text)
  return `${chatId} ${isTurn ? 'turns' : 'commands'}`
}
