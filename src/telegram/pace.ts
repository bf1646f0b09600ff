import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Telegram's pace, as its FAQ gives it: about one message a second in a chat, short bursts allowed, and about 30 a second
 * in all. `retry_after` is the only firm figure.
 */
const CHAT_INTERVAL_MS = 1_000
const CHAT_BURST = 4
const ALL_WITHIN_MS = 1_000
const ALL_MOST = 30

/** How often it is looked for room when everything that counts is still under way. */
const LOOK_MS = 50
/** A longer timer would fire at once. */
const LONGEST_SLEEP_MS = 2 ** 30
const CHATS_KEPT = 1_000

/** To be called once when the call has ended, however it did. */
export type Done = () => void

/**
 * Lets messages go as fast as Telegram takes them: a bucket for each chat, one for all, and waits that Telegram asked for.
 * It counts by a clock that nobody can set.
 */
export function createPace(now = () => performance.now()) {
  /** When each chat would be even again, had it kept to one message an interval from the first. */
  const evenAt = new Map<number, number>()
  const heldUntil = new Map<number, number>()
  /** How many calls are under way, and when those of the last second ended: each reached Telegram at some time in between. */
  let underway = 0
  let ended: number[] = []

  function waitOf(chatId: number): number {
    const at = now()
    ended = ended.filter((time) => time > at - ALL_WITHIN_MS)
    const [first] = ended
    const isFull = underway + ended.length >= ALL_MOST
    return Math.max(
      (heldUntil.get(chatId) ?? 0) - at,
      (evenAt.get(chatId) ?? 0) - at - (CHAT_BURST - 1) * CHAT_INTERVAL_MS,
      isFull ? (first === undefined ? LOOK_MS : first + ALL_WITHIN_MS - at + 1) : 0,
    )
  }

  function count(chatId: number, at: number): void {
    // What the last process sent was before this clock began: its times are below zero.
    evenAt.set(chatId, Math.max(at, evenAt.get(chatId) ?? Number.NEGATIVE_INFINITY) + CHAT_INTERVAL_MS)
    if (evenAt.size > CHATS_KEPT) forget()
  }

  function begin(chatId: number): Done {
    count(chatId, now())
    underway += 1
    return () => {
      underway -= 1
      ended.push(now())
      // The next ones count from when it arrived, not from when it was sent.
      evenAt.set(chatId, Math.max(evenAt.get(chatId) ?? 0, now() + CHAT_INTERVAL_MS))
    }
  }

  function forget(): void {
    const at = now()
    for (const until of [evenAt, heldUntil]) for (const [chatId, time] of until) if (time < at) until.delete(chatId)
  }

  return {
    /** Counts a message that went out so many ms ago. */
    noteEarlier: (chatId: number, agoMs: number) => count(chatId, now() - Math.max(0, agoMs)),

    /** Waits until a message may go to this chat, and counts it. Throws when the signal aborts. */
    async take(chatId: number, signal: AbortSignal): Promise<Done> {
      for (let wait = waitOf(chatId); wait > 0; wait = waitOf(chatId)) {
        await sleep(Math.min(wait, LONGEST_SLEEP_MS), undefined, { signal })
      }
      signal.throwIfAborted()
      return begin(chatId)
    },

    /** The same if one may go right now, else nothing. For what can as well be left out. */
    tryTake: (chatId: number): Done | undefined => (waitOf(chatId) > 0 ? undefined : begin(chatId)),

    /** Nothing goes to this chat for so many ms. */
    hold(chatId: number, forMs: number): void {
      heldUntil.set(chatId, Math.max(now() + forMs, heldUntil.get(chatId) ?? 0))
    },
  }
}

export type Pace = ReturnType<typeof createPace>
