import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Telegram's pace, as its FAQ gives it: about one message a second in a chat, short bursts allowed, and about 30 a second
 * in all. `retry_after` is the only firm figure.
 */
const CHAT_INTERVAL_MS = 1_000
const CHAT_BURST = 4
const ALL_WITHIN_MS = 1_000
const ALL_MOST = 30

/** A longer timer would fire at once. */
const LONGEST_SLEEP_MS = 2 ** 30
const CHATS_KEPT = 1_000

/**
 * Lets messages go as fast as Telegram takes them: a bucket for each chat, one for all, and waits that Telegram asked for.
 * It counts by a clock that nobody can set.
 */
export function createPace(now = () => performance.now()) {
  /** When each chat would be even again, had it kept to one message an interval from the first. */
  const evenAt = new Map<number, number>()
  const heldUntil = new Map<number, number>()
  let latest: number[] = []

  function waitOf(chatId: number): number {
    const at = now()
    const [first = Number.NEGATIVE_INFINITY] = latest.slice(-ALL_MOST)
    return Math.max(
      (heldUntil.get(chatId) ?? 0) - at,
      (evenAt.get(chatId) ?? 0) - at - (CHAT_BURST - 1) * CHAT_INTERVAL_MS,
      latest.length < ALL_MOST ? 0 : first + ALL_WITHIN_MS - at + 1,
    )
  }

  function note(chatId: number, at: number): void {
    evenAt.set(chatId, Math.max(at, evenAt.get(chatId) ?? 0) + CHAT_INTERVAL_MS)
    latest = [...latest.slice(1 - ALL_MOST), at]
    if (evenAt.size > CHATS_KEPT) forget()
  }

  function forget(): void {
    const at = now()
    for (const until of [evenAt, heldUntil]) for (const [chatId, time] of until) if (time < at) until.delete(chatId)
  }

  return {
    /** Counts a message that went out so many ms ago. */
    noteEarlier: (chatId: number, agoMs: number) => note(chatId, now() - Math.max(0, agoMs)),

    /** Waits until a message may go to this chat, and counts it. Throws when the signal aborts. */
    async take(chatId: number, signal: AbortSignal): Promise<void> {
      for (let wait = waitOf(chatId); wait > 0; wait = waitOf(chatId)) {
        await sleep(Math.min(wait, LONGEST_SLEEP_MS), undefined, { signal })
      }
      signal.throwIfAborted()
      note(chatId, now())
    },

    /** A message has arrived just now: the next ones count from that, not from when it was sent. */
    arrived(chatId: number): void {
      evenAt.set(chatId, Math.max(evenAt.get(chatId) ?? 0, now() + CHAT_INTERVAL_MS))
    },

    /** Counts a message to this chat if one may go right now, and says whether. For what can as well be left out. */
    tryTake(chatId: number): boolean {
      if (waitOf(chatId) > 0) return false
      note(chatId, now())
      return true
    },

    /** Nothing goes to this chat for so many ms. */
    hold(chatId: number, forMs: number): void {
      heldUntil.set(chatId, Math.max(now() + forMs, heldUntil.get(chatId) ?? 0))
    },
  }
}

export type Pace = ReturnType<typeof createPace>
