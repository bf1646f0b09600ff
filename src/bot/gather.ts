import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { untilItWorks } from '../until-it-works.ts'
import { type Arrival, isMaterial, isOwnPart, isOwnText, keysOf, type Looks, mayHaveCompany, SPLIT_LENGTH } from './company.ts'
import { nameOfCommand } from './feature.ts'
import { wordsOf } from './in-words.ts'

/** How long what may have company waits for it. */
const COMPANY_MS = 1_000

/** Updates that are handled together. */
export interface GatheredTurn {
  arrivals: Arrival[]
  /** Aborts when the service closes, and when more belongs to the turn: then it begins anew with all of it. */
  signal: AbortSignal
  /** Aborts when the person wants no more of the answer. */
  stop: AbortSignal
  /** Nothing joins it any more: something of it is about to be stored. */
  seal(): void
}

interface Parts {
  /** Resolves with whether the updates are done with; else they were cut off. */
  run: (turn: GatheredTurn) => Promise<boolean>
  /** Where the conversation that an update belongs to ends, as a place in the order of arrival. */
  boundaryAfter: (chatId: number, arrival: number) => Promise<number | undefined>
  /** Notes that nothing comes of these. */
  discard: (arrivals: Arrival[]) => Promise<void>
  /** The commands that take files along. */
  jobCommands: ReadonlySet<string>
  closing: AbortSignal
  log: FastifyBaseLogger
}

interface Chat {
  waiting: Arrival[]
  /** When nothing more is expected to join what waits, and what to call when that changes. */
  quietAt: number
  hurry: () => void
  current: { arrivals: Arrival[]; sealed: boolean; again: AbortController; lastAt: number; ended: Promise<void> } | undefined
  /** What arrived up to this place is not answered any more. */
  droppedUpTo: number
  /** Of the current turn, or the coming one. */
  stop: AbortController
  work: Promise<void> | undefined
}

/**
 * Gathers what belongs together into turns, and runs the turns of a chat one after the other. A plain text never waits;
 * what comes while a turn is being answered is answered together in the next. Nothing here outlives a crash: the updates
 * are on disk, and those of a turn of which something was stored are marked as its own.
 */
export function createGatherer({ run, boundaryAfter, discard, jobCommands, closing, log }: Parts) {
  const chats = new Map<number, Chat>()
  /** Chats of which no turn begins, and until when. */
  const held = new Map<number, Promise<void>>()

  function chatOf(id: number): Chat {
    const fresh: Chat = {
      waiting: [],
      quietAt: 0,
      hurry() {},
      current: undefined,
      droppedUpTo: 0,
      stop: new AbortController(),
      work: undefined,
    }
    const chat = chats.get(id) ?? fresh
    chats.set(id, chat)
    return chat
  }

  async function work(id: number, chat: Chat): Promise<void> {
    while (chat.waiting.length > 0 && !closing.aborted) {
      await quiet(chat)
      const taken = await nextOf(id, chat)
      if (held.has(id)) await held.get(id)
      const arrivals = taken.filter((arrival) => !isDropped(arrival, chat))
      if (arrivals.some(({ isEdit }) => !isEdit)) await runTurn(chat, arrivals)
      else await discard(arrivals)
    }
  }

  async function quiet(chat: Chat): Promise<void> {
    for (;;) {
      const waitMs = chat.quietAt - Date.now()
      if (waitMs <= 0 || chat.stop.signal.aborted || closing.aborted) return
      const hurried = new AbortController()
      chat.hurry = () => hurried.abort()
      await sleep(waitMs, undefined, { signal: AbortSignal.any([hurried.signal, closing]) }).catch(() => {})
    }
  }

  /** Takes the next turn's updates from what waits: the rest of a turn that was begun, one command, or a conversation's. */
  async function nextOf(id: number, chat: Chat): Promise<Arrival[]> {
    const [first] = chat.waiting
    if (!first) return []
    const onFailure = (err: unknown) => log.error({ err }, 'Updates wait, since the database cannot be read')
    const boundary = await untilItWorks(() => boundaryAfter(id, first.update.id), { onFailure, signal: closing })
    const keys = keysOf(chat.waiting, jobCommands)
    const belongs = ({ update, isEdit }: Arrival, index: number) =>
      update.turn === first.update.turn &&
      keys[index] === keys[0] &&
      (isEdit || update.id < (boundary ?? Number.POSITIVE_INFINITY))
    const taken = chat.waiting.filter(belongs)
    chat.waiting = chat.waiting.filter((arrival) => !taken.includes(arrival))
    return taken
  }

  async function runTurn(chat: Chat, arrivals: Arrival[]): Promise<void> {
    const again = new AbortController()
    const ended = Promise.withResolvers<void>()
    const current = { arrivals, sealed: Boolean(arrivals[0]?.update.turn), again, lastAt: Date.now(), ended: ended.promise }
    chat.current = current
    const seal = () => {
      current.sealed = true
    }
    const isDone = await run({
      arrivals,
      signal: AbortSignal.any([closing, again.signal]),
      stop: chat.stop.signal,
      seal,
    }).finally(ended.resolve)
    chat.current = undefined
    if (again.signal.aborted && !isDone) chat.waiting.unshift(...arrivals.filter((arrival) => !isDropped(arrival, chat)))
    else if (chat.stop.signal.aborted) chat.stop = new AbortController()
  }

  /** Whether it belongs to the turn that is being answered rather than to the next. */
  function joins({ looks, isEdit }: Arrival, { current }: Chat): boolean {
    if (!current || current.sealed) return false
    if (isEdit) return current.arrivals.some((arrival) => arrival.looks.message_id === looks.message_id)
    const isSoon = Date.now() - current.lastAt < COMPANY_MS
    const sameAlbum = current.arrivals.some((arrival) => arrival.looks.media_group_id === looks.media_group_id)
    const before = current.arrivals.at(-1)
    const isRest = before !== undefined && isOwnPart(before.looks) && isOwnText(looks)
    return (isSoon && (Boolean(looks.forward_origin) || isRest)) || (Boolean(looks.media_group_id) && sameAlbum)
  }

  return {
    add(arrival: Arrival): void {
      const id = arrival.update.chatId ?? 0
      const chat = chatOf(id)
      if (joins(arrival, chat)) chat.current?.again.abort(new Error('More belongs to this turn'))
      const goesOn = isOwnPart(arrival.looks) && chat.waiting.length > 0
      chat.waiting.push(arrival)
      if (!arrival.isEdit) chat.quietAt = goesOn || mayHaveCompany(arrival.looks) ? Date.now() + COMPANY_MS : 0
      chat.hurry()
      chat.work ??= work(id, chat)
        .catch((err) => {
          if (!closing.aborted) log.error({ err }, 'The turns of a chat stop until the next boot')
        })
        .finally(() => chats.delete(id))
    },

    /** Whether a command has to be added, rather than to take effect by itself: it has company, or may have. */
    wants(looks: Looks, chatId: number): boolean {
      const last = chats.get(chatId)?.waiting.at(-1)
      const followsMaterial =
        last !== undefined && isMaterial(last.looks) && jobCommands.has(nameOfCommand(wordsOf(looks)) ?? '')
      return followsMaterial || Boolean(looks.media_group_id) || wordsOf(looks).length >= SPLIT_LENGTH
    },

    /** Ends the answer that is being written in a chat, or is about to be. Returns whether there was one. */
    stop(chatId: number): boolean {
      const chat = chats.get(chatId)
      if (!chat?.current && !chat?.waiting.length) return false
      chat.stop.abort(new Error('The person wants no more of the answer'))
      chat.hurry()
      return true
    },

    /**
     * Ends what arrived in a chat up to a place, without an answer, and begins nothing of the chat before `work` is through,
     * which sets the updates aside.
     */
    async drop<T>(chatId: number, upTo: number, work: () => Promise<T>): Promise<T> {
      const hold = Promise.withResolvers<void>()
      held.set(chatId, hold.promise)
      try {
        const chat = chats.get(chatId)
        if (chat) {
          chat.droppedUpTo = upTo
          chat.waiting = chat.waiting.filter((arrival) => !isDropped(arrival, chat))
          chat.current?.again.abort(new Error('What belongs to this turn is to be removed'))
          await chat.current?.ended
        }
        return await work()
      } finally {
        held.delete(chatId)
        hold.resolve()
      }
    },

    async idle(): Promise<void> {
      while (chats.size > 0) await Promise.all([...chats.values()].map(({ work }) => work))
    },
  }
}

export type Gatherer = ReturnType<typeof createGatherer>

function isDropped({ update }: Arrival, { droppedUpTo }: Chat): boolean {
  return update.id <= droppedUpTo
}
