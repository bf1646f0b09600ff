import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { TelegramError } from 'telegraf'
import type { Delivery } from '../../db/deliveries.ts'
import type { Database } from '../../db/open.ts'
import { untilItWorks } from '../until-it-works.ts'
import { aborted, createWakeLoop } from '../wake-loop.ts'
import { type Api, retryDelay } from './api.ts'
import { postInstead } from './outbox.ts'
import { transmit } from './transmit.ts'

/** How long a stop waits for Telegram's answer to what was just sent. */
const LAST_CALL_MS = 1_000

interface Parts {
  db: Database
  api: Api
  log: FastifyBaseLogger
}

/**
 * Empties the outbox: one message at a time and in order within a chat, chats beside each other. A message is marked after
 * it was taken, so a crash between the two repeats that one message and loses none.
 */
export function createSender({ db, api, log }: Parts) {
  const chats = new Map<number, Promise<void>>()
  const stop = new AbortController()
  let unsubscribe = () => {}

  const loop = createWakeLoop(
    async () => {
      for (const chatId of await db.deliveries.chatsPending()) {
        if (!chats.has(chatId) && !stop.signal.aborted) begin(chatId)
      }
    },
    (err) => log.error({ err }, 'The outbox could not be read'),
  )

  function begin(chatId: number): void {
    const work = emptyChat(chatId)
      .catch((err) => {
        if (!stop.signal.aborted) log.error({ err }, 'The outbox of a chat could not be worked on')
        return sleep(1_000, undefined, { signal: stop.signal }).catch(() => {})
      })
      .finally(() => {
        chats.delete(chatId)
        loop.wake() // something may have come in between the last look and now
      })
    chats.set(chatId, work)
  }

  async function emptyChat(chatId: number): Promise<void> {
    for (;;) {
      const delivery = await db.deliveries.nextPending(chatId)
      if (!delivery) return
      const waitMs = delivery.nextAttemptAt ? Date.parse(delivery.nextAttemptAt) - Date.now() : 0
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: stop.signal })
      stop.signal.throwIfAborted()
      await send(delivery)
    }
  }

  async function send(delivery: Delivery): Promise<void> {
    const { id, jobId } = delivery
    const attempts = delivery.attempts + 1
    let messageId: number
    try {
      messageId = await transmit(api, delivery)
    } catch (error) {
      const delayMs = retryDelay(error, attempts)
      const said = error instanceof Error ? error.message : 'unknown'
      const what = delayMs === undefined ? 'A message cannot be delivered' : 'A message waits'
      log.warn({ deliveryId: id, jobId, attempts, delayMs, said }, what)
      if (delayMs === undefined) {
        return await db.transaction(async (stores) => {
          await stores.deliveries.setFailed(id, attempts, said)
          if (delivery.method === 'sendDocument' && !isBlocked(error)) await postInstead(stores, delivery)
        })
      }
      return await db.deliveries.postpone(id, attempts, new Date(Date.now() + delayMs), said)
    }
    // It is in the chat: from here on only the mark is tried again, never the message.
    const onFailure = (err: unknown) => log.error({ err, deliveryId: id }, 'A sent message waits for its mark')
    await untilItWorks(() => db.deliveries.setSent(id, attempts, messageId), { onFailure, signal: stop.signal })
  }

  return {
    start(): void {
      unsubscribe = db.onCommit('deliveries', loop.wake)
      loop.wake()
    },

    /** Resolves when the outbox is empty, or when `patience` aborts. */
    async flush(patience: AbortSignal): Promise<void> {
      while (!patience.aborted && (await db.deliveries.chatsPending()).length > 0) {
        loop.wake()
        await loop.settled()
        await Promise.race([...chats.values(), aborted(patience)])
      }
    },

    /** Sends no more, and lets what is on the wire get its mark: a message without one is sent again after the next boot. */
    async stop(): Promise<void> {
      unsubscribe()
      stop.abort()
      await loop.stop()
      await Promise.race([Promise.all(chats.values()), sleep(LAST_CALL_MS, undefined, { ref: false })])
    },
  }
}

/** The person wants nothing from us, in no form. */
function isBlocked(error: unknown): boolean {
  return error instanceof TelegramError && error.code === 403
}

export type Sender = ReturnType<typeof createSender>
