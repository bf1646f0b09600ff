import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { TelegramError } from 'telegraf'
import type { Delivery, Lane } from '../../db/deliveries.ts'
import type { Database } from '../../db/open.ts'
import { untilItWorks } from '../until-it-works.ts'
import { aborted, createWakeLoop } from '../wake-loop.ts'
import { type Api, retryDelay, TelegramUnreachable } from './api.ts'
import { createOutage, type Ending } from './outage.ts'
import { postInstead } from './outbox.ts'
import type { Done, Pace } from './pace.ts'
import { transmit } from './transmit.ts'

/** How long a stop waits for Telegram's answer to what was just sent: without it, that goes out again after the next boot. */
const LAST_CALL_MS = 5_000

/** A longer timer would fire at once. */
const LONGEST_SLEEP_MS = 2_147_483_647

/** How a call ended, and for how long Telegram wants to be left alone. */
interface Sent {
  ending: Ending
  waitMs?: number | undefined
}

interface Parts {
  db: Database
  api: Api
  pace: Pace
  /** Takes secrets out of what is kept of an error. */
  scrub: (text: string) => string
  log: FastifyBaseLogger
}

/**
 * Empties the outbox: one message at a time and in order within a chat, chats beside each other, at Telegram's pace. A
 * message is marked after it was taken, so a crash between the two repeats that one message and loses none.
 */
export function createSender({ db, api, pace, scrub, log }: Parts) {
  const lanes = new Map<string, Promise<void>>()
  const outage = createOutage()
  const stop = new AbortController()
  let unsubscribe = () => {}

  const loop = createWakeLoop(
    async () => {
      for (const lane of await db.deliveries.lanesPending()) {
        if (!lanes.has(nameOf(lane)) && !stop.signal.aborted) begin(lane)
      }
    },
    (err) => log.error({ err }, 'The outbox could not be read'),
  )

  function begin(lane: Lane): void {
    const work = emptyLane(lane)
      .catch((err) => {
        if (!stop.signal.aborted) log.error({ err }, 'The outbox of a chat could not be worked on')
        return sleep(1_000, undefined, { signal: stop.signal }).catch(() => {})
      })
      .finally(() => {
        lanes.delete(nameOf(lane))
        loop.wake() // something may have come in between the last look and now
      })
    lanes.set(nameOf(lane), work)
  }

  async function emptyLane(lane: Lane): Promise<void> {
    const { chatId, isOfButtons } = lane
    const heldUntil = await db.deliveries.heldUntil(lane)
    const holdMs = heldUntil ? Date.parse(heldUntil) - Date.now() : 0
    if (isOfButtons) await sleep(Math.min(Math.max(0, holdMs), LONGEST_SLEEP_MS), undefined, { signal: stop.signal })
    else if (holdMs > 0) pace.hold(chatId, holdMs)
    while (await db.deliveries.nextPending(lane)) {
      let done: Done | undefined
      const ended = await outage.pass(async () => {
        done?.()
        done = isOfButtons ? undefined : await pace.take(chatId, stop.signal)
      }, stop.signal)
      let sent: Sent = { ending: 'unknown' }
      try {
        // Looked up once more: while it waited it may have been dropped, or something may have passed it.
        const delivery = await db.deliveries.nextPending(lane)
        stop.signal.throwIfAborted()
        if (delivery) sent = await send(delivery)
      } finally {
        done?.()
        const waitMs = ended(sent.ending)
        if (waitMs) log.error({ waitMs }, 'Telegram refuses the bot itself (a wrong token?): the outbox is held')
      }
      if (isOfButtons && sent.waitMs) await sleep(sent.waitMs, undefined, { signal: stop.signal })
    }
  }

  async function send(delivery: Delivery): Promise<Sent> {
    const { id } = delivery
    const attempts = delivery.attempts + 1
    let messageId: number | null
    try {
      messageId = await transmit(api, delivery)
    } catch (error) {
      const waitMs = await settleFailure(delivery, attempts, error)
      if (!(error instanceof TelegramError) || error.code >= 500) return { ending: 'unknown', waitMs }
      return { ending: error.code === 401 || error.code === 404 ? 'refused' : 'through', waitMs } // those two speak of the token
    }
    // It is in the chat: from here on only the mark is tried again, never the message.
    const onFailure = (err: unknown) => log.error({ err, deliveryId: id }, 'A sent message waits for its mark')
    const mark = () => db.transaction(({ deliveries }) => deliveries.setSent(id, attempts, messageId))
    // An acknowledgement that was dropped while it was on the wire has to tell the end of its job by an edit.
    const markAndReopen = (jobId: number) =>
      db.transaction(async (stores) => {
        await stores.deliveries.setSent(id, attempts, messageId)
        await stores.statusMessages.reopen(jobId)
      })
    const isStatus = delivery.purpose === 'acknowledgement' && delivery.jobId !== null
    await untilItWorks(isStatus ? () => markAndReopen(delivery.jobId ?? 0) : mark, { onFailure, signal: stop.signal })
    log.debug({ deliveryId: id, jobId: delivery.jobId, purpose: delivery.purpose, attempts }, 'A message was sent')
    return { ending: 'through' }
  }

  /** Returns for how many ms Telegram wants to be left alone, if it does. */
  async function settleFailure(delivery: Delivery, attempts: number, error: unknown): Promise<number | undefined> {
    const { id, chatId, jobId, purpose } = delivery
    // What neither Telegram nor the way to it is to blame for will be the same the next time.
    const isFault = !(error instanceof TelegramError || error instanceof TelegramUnreachable)
    if (isFault) log.error({ err: error, deliveryId: id, jobId }, 'A message cannot be put into a form to be sent')
    const delayMs = isFault ? undefined : retryDelay(error, attempts)
    const until = new Date(Date.now() + (delayMs ?? 0))
    if (delayMs !== undefined && purpose !== 'callback') pace.hold(chatId, delayMs)
    const said = scrub(error instanceof Error ? error.message : 'unknown')
    const movedTo = error instanceof TelegramError ? error.parameters?.migrate_to_chat_id : undefined
    log.warn({ deliveryId: id, jobId, attempts, delayMs, said }, delayMs ? 'A message waits' : 'A message cannot be delivered')
    const settle = async () => {
      if (movedTo && movedTo !== chatId) return db.deliveries.moveChat(chatId, movedTo)
      if (delayMs !== undefined) return db.deliveries.postpone(id, attempts, until, said)
      return db.transaction(async (stores) => {
        if (delivery.method !== 'sendDocument' || isBlocked(error)) return stores.deliveries.setFailed(id, attempts, said)
        if (await stores.deliveries.setDropped(id, attempts, said)) await postInstead(stores, delivery)
      })
    }
    const onFailure = (err: unknown) => log.error({ err, deliveryId: id }, 'What Telegram said of a message waits for the disk')
    await untilItWorks(settle, { onFailure, signal: stop.signal })
    return delayMs
  }

  return {
    /** Begins to send. What the last process sent just now counts for the pace. */
    async start(): Promise<void> {
      for (const { chatId, sentAt } of await db.deliveries.sentLately())
        pace.noteEarlier(chatId, Date.now() - Date.parse(sentAt))
      if (stop.signal.aborted) return
      unsubscribe = db.onCommit('deliveries', loop.wake)
      loop.wake()
    },

    /** Resolves when the outbox is empty, or when `patience` aborts. */
    async flush(patience: AbortSignal): Promise<void> {
      while (!patience.aborted && (await db.deliveries.lanesPending()).length > 0) {
        loop.wake()
        await loop.settled()
        await Promise.race([...lanes.values(), aborted(patience)])
      }
    },

    /** Sends no more, and lets what is on the wire get its mark: a message without one is sent again after the next boot. */
    async stop(): Promise<void> {
      unsubscribe()
      stop.abort()
      await loop.stop()
      await Promise.race([Promise.all(lanes.values()), sleep(LAST_CALL_MS, undefined, { ref: false })])
    },
  }
}

function nameOf({ chatId, isOfButtons }: Lane): string {
  return isOfButtons ? `buttons of ${chatId}` : `${chatId}`
}

/** The person wants nothing from us, in no form. */
function isBlocked(error: unknown): boolean {
  return error instanceof TelegramError && error.code === 403
}

export type Sender = ReturnType<typeof createSender>
