import { setTimeout as sleep } from 'node:timers/promises'
import { TelegramError } from 'telegraf'
import { type Say, StepAside } from './say.ts'

const LONGEST_PAUSE_MS = 30_000

interface Options {
  say: Say
  signal: AbortSignal
  /** The first pause; each one is twice as long as the one before. */
  pauseMs?: number
}

/** The pause after this many tries that failed: 1, 2, 4 … 30 s. */
export function pauseAfter(tries: number, firstMs = 1_000): number {
  return Math.min(LONGEST_PAUSE_MS, firstMs * 2 ** Math.min(tries - 1, 10))
}

/**
 * Asks Telegram until it answers, with a line when it stops answering and one when it answers again.
 * Throws StepAside for a wrong token, and any other no of Telegram's as it came.
 */
export function createPatience({ say, signal, pauseMs }: Options) {
  let trouble: string | undefined

  return async function patiently<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        const result = await work()
        if (trouble) say('Telegram answers again.')
        trouble = undefined
        return result
      } catch (error) {
        signal.throwIfAborted()
        if (isWrongToken(error)) throw new StepAside(wrongToken)
        if (error instanceof TelegramError && error.code < 500 && error.code !== 429) throw error
        const sentence = sentenceFor(error)
        if (sentence !== trouble) say(sentence)
        trouble = sentence
        const retryAfter = error instanceof TelegramError ? error.parameters?.retry_after : undefined
        await sleep(retryAfter ? retryAfter * 1_000 : pauseAfter(tries, pauseMs), undefined, { signal })
      }
    }
  }
}

export type Patiently = ReturnType<typeof createPatience>

/** Telegram says 401 to a token that is not one of its own any more, and 404 to what never was one. */
export function isWrongToken(error: unknown): boolean {
  return error instanceof TelegramError && (error.code === 401 || error.code === 404)
}

const wrongToken =
  'Telegram does not know this TELEGRAM_BOT_TOKEN. Copy it from @BotFather (/mybots, your bot, API Token) into .env.'

function sentenceFor(error: unknown): string {
  if (!(error instanceof TelegramError)) return 'Telegram cannot be reached; trying again until it can.'
  if (error.code === 429) return 'Telegram asks for a slower pace; waiting as long as it says.'
  return `Telegram has a fault (${error.code}); trying again until it has none.`
}
