import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import PQueue from 'p-queue'
import type { Database, Stores } from '../../db/open.ts'
import { isPassing, whenWritable } from '../../db/storage-errors.ts'
import type { StoredUpdate } from '../../db/updates.ts'
import { type LogFields, withLogFields } from '../log-context.ts'
import { post, postToast } from '../telegram/outbox.ts'
import { isOwnCommand, type Looks } from './company.ts'
import { AlreadyHandled } from './context.ts'
import { createGatherer, type GatheredTurn } from './gather.ts'
import { originOf } from './origin.ts'

/** How often an update is tried whose handler throws. */
const TRIES = 3
/** How often one is tried during which the process ends: that may come from outside, so it takes more to be sure; */
const TRIES_OVER_CRASHES = 10
/** and after the first three it is not tried before the process has lived for so long. */
const CALM_MS = 5_000

interface Parts {
  db: Database
  /** Returns whether it has marked them as handled, together with what it wrote. */
  handle: (updates: StoredUpdate[], turn?: GatheredTurn) => Promise<boolean>
  /** The commands that start a job. */
  jobCommands: ReadonlySet<string>
  /** Whether one of the updates may have ended the process: then those of the last one are handled one at a time. */
  isBraked: () => boolean
  scrub: (text: string) => string
  /** Aborts when the service closes. */
  signal: AbortSignal
  log: FastifyBaseLogger
}

/**
 * Lanes: the conversation turns of a chat run one after the other, and so do its commands and buttons, in a lane of their
 * own that no turn holds up. An update that is not finished when the process ends is dispatched again at the next boot.
 */
export function createDispatcher({ db, handle, jobCommands, isBraked, scrub, signal, log }: Parts) {
  const commands = new Map<number, Promise<unknown>>()
  const suspects = new PQueue({ concurrency: 1 })
  const resumed = new Set<number>()
  const gatherer = createGatherer({
    run: (turn) =>
      workNamed(
        turn.arrivals.map(({ update }) => update),
        turn.signal,
        turn,
      ),
    boundaryAfter: db.messages.boundaryAfter,
    discard: async (arrivals) => {
      const noted = whenWritable(signal, () => markHandled(arrivals.map(({ update }) => update)))
      await noted.catch((err) => log.error({ err }, 'Edits that came too late could not be set aside'))
    },
    jobCommands,
    closing: signal,
    log,
  })

  function dispatch(update: StoredUpdate): void {
    const { message, edited_message } = JSON.parse(update.payload) as { message?: Looks; edited_message?: Looks } // looked at, not trusted
    const looks = message ?? edited_message
    const isAlone = message && isOwnCommand(message) && !gatherer.wants(message, update.chatId ?? 0)
    if (looks && !isAlone) gatherer.add({ update, looks, isEdit: !message })
    else inCommandLane(update)
  }

  function inCommandLane(update: StoredUpdate): void {
    const lane = update.chatId ?? 0
    const tail = (commands.get(lane) ?? nextTurn()).then(() => workNamed([update], signal))
    commands.set(lane, tail)
    tail.finally(() => {
      if (commands.get(lane) === tail) commands.delete(lane)
    })
  }

  /** Every line of the log names what is handled, and not what came before it in the lane. */
  function workNamed(updates: StoredUpdate[], ending: AbortSignal, turn?: GatheredTurn): Promise<boolean> {
    const updateIds = updates.map(({ updateId }) => updateId)
    const fields: LogFields = { updateId: updateIds[0] ?? null, ...(updateIds.length > 1 && { updateIds }) }
    return withLogFields(fields, () => work(updates, ending, turn))
  }

  /** Returns whether the updates are done with; else the ending came before. */
  async function work(updates: StoredUpdate[], ending: AbortSignal, turn?: GatheredTurn): Promise<boolean> {
    for (let tries = 1 + Math.max(...updates.map(({ attempts }) => attempts)); !ending.aborted; tries++) {
      try {
        if (tries > TRIES_OVER_CRASHES) throw new Error('the process ended again and again while this was handled')
        const areMarked = await attempt(updates, tries, turn)
        // Where nothing had to be written. Only the mark waits for the disk: nothing is handled twice for want of it.
        if (!areMarked) await whenWritable(ending, () => markHandled(updates))
        log.debug({ tries }, 'An update was handled')
        return true
      } catch (err) {
        if (err instanceof AlreadyHandled) return true
        if (ending.aborted) return false
        log.error({ err, tries }, 'An update could not be handled')
        const noted = isPassing(err)
          ? 'again'
          : await noteFailure(updates, tries, err).catch((error) =>
              log.error({ err: error }, 'A failed try could not be noted'),
            )
        if (noted === 'set aside') return true
        await sleep(1_000 * Math.min(tries, 30), undefined, { signal: ending }).catch(() => {})
      }
    }
    return false
  }

  function markHandled(handled: StoredUpdate[]): Promise<void> {
    const mark = async ({ updates }: Stores) => {
      for (const { updateId } of handled) await updates.setHandled(updateId)
    }
    return db.transaction(mark, { canWait: true }) // it has had no effect, so nobody waits for its mark
  }

  /** Returns whether the updates are marked as handled. */
  async function attempt(updates: StoredUpdate[], tries: number, turn?: GatheredTurn): Promise<boolean> {
    const isSuspect = isBraked() && updates.some(({ id }) => resumed.has(id))
    if (!isSuspect) return handle(updates, turn)
    // It may end the process once more: the try counts from its beginning.
    const tryOnce = async () => {
      if (tries > TRIES) await sleep(CALM_MS, undefined, { signal })
      for (const { id } of updates) await db.updates.setAttempted(id, tries)
      return handle(updates, turn)
    }
    return suspects.add(AsyncLocalStorage.bind(tryOnce)) // else it would run as whatever ended before it
  }

  /** After the last try the updates are set aside with their error, and the person is told. */
  async function noteFailure(updates: StoredUpdate[], tries: number, err: unknown): Promise<'set aside' | 'again'> {
    const error = scrub(err instanceof Error ? `${err.name}: ${err.message}` : 'unknown')
    return db.transaction(async (stores) => {
      for (const { id } of updates) await stores.updates.setAttempted(id, tries, error)
      if (tries < TRIES) return 'again'
      let isNew = false
      for (const { updateId } of updates) isNew = (await stores.updates.setHandled(updateId, 'set aside')) || isNew
      if (isNew) await apologise(stores, JSON.parse(updates[0]?.payload ?? '{}'))
      return 'set aside'
    })
  }

  return {
    dispatch,
    stopAnswer: gatherer.stop,
    dropTurns: gatherer.drop,

    /** Sends on their way what earlier processes left unfinished. To be called before any new update can arrive. */
    async resume(): Promise<number> {
      const updates = await db.updates.unhandled()
      for (const update of updates) {
        resumed.add(update.id)
        dispatch(update)
      }
      return updates.length
    },

    /** Resolves when no update is being handled. */
    async idle(): Promise<void> {
      while (commands.size > 0) await Promise.allSettled(commands.values())
      await gatherer.idle()
    },
  }
}

async function apologise(stores: Stores, update: Record<string, unknown>): Promise<void> {
  const origin = originOf(update)
  if (!origin?.speaks) return
  const { chat, messageThreadId } = origin
  const { id } = (update.callback_query ?? {}) as { id?: unknown } // looked at, not trusted
  if (typeof id === 'string' && id) return postToast(stores, chat.id, id, 'Sorry, that went wrong. Please try it again.')
  const text = 'Sorry, something went wrong on my side and I could not handle your message. Please try it again.'
  await post(stores, { chatId: chat.id, messageThreadId }, { text })
}

export type Dispatcher = ReturnType<typeof createDispatcher>
