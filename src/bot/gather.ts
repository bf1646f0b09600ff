import { setTimeout as sleep } from 'node:timers/promises'
import type { StoredUpdate } from '../../db/updates.ts'
import { isCommand } from './feature.ts'

/** How long what may have company waits for it. */
const COMPANY_MS = 1_000
/** Telegram's apps part a paste of more than 4,096 characters; from this length on, more may follow. */
const SPLIT_LENGTH = 3_500

/** What of a message tells whether it has company. Looked at, not trusted. */
export interface Looks {
  message_id?: unknown
  text?: unknown
  caption?: unknown
  media_group_id?: unknown
  forward_origin?: unknown
}

/** An update of a conversation, and how it looks: a message, or the edit of one. */
export interface Arrival {
  update: StoredUpdate
  looks: Looks
  isEdit: boolean
}

/** Updates that are answered together. */
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
  run: (turn: GatheredTurn) => Promise<void>
  /** Where the conversation that an update belongs to ends, as a place in the order of arrival. */
  boundaryAfter: (chatId: number, arrival: number) => Promise<number | undefined>
  /** Notes that nothing comes of these. */
  discard: (arrivals: Arrival[]) => Promise<void>
  closing: AbortSignal
}

interface Chat {
  waiting: Arrival[]
  /** When nothing more is expected to join what waits, and what to call when that changes. */
  quietAt: number
  hurry: () => void
  current: { arrivals: Arrival[]; sealed: boolean; again: AbortController; lastAt: number } | undefined
  stop: { wish: AbortController; done: PromiseWithResolvers<void> }
  work: Promise<void> | undefined
}

const noStop = () => ({ wish: new AbortController(), done: Promise.withResolvers<void>() })

/**
 * Gathers what belongs together into turns, and runs the turns of a chat one after the other. A plain text never waits;
 * what comes while a turn is being answered is answered together in the next. Nothing here outlives a crash: the updates
 * are on disk, and those of a turn of which something was stored are marked as its own.
 */
export function createGatherer({ run, boundaryAfter, discard, closing }: Parts) {
  const chats = new Map<number, Chat>()

  function chatOf(id: number): Chat {
    const fresh = { waiting: [], quietAt: 0, hurry() {}, current: undefined, stop: noStop(), work: undefined }
    const chat = chats.get(id) ?? fresh
    chats.set(id, chat)
    return chat
  }

  async function work(id: number, chat: Chat): Promise<void> {
    while (chat.waiting.length > 0 && !closing.aborted) {
      await quiet(chat)
      const arrivals = await nextOf(id, chat)
      if (arrivals.some(({ isEdit }) => !isEdit)) await runTurn(chat, arrivals)
      else await discard(arrivals)
    }
    chats.delete(id)
    endStop(chat)
  }

  function endStop(chat: Chat): void {
    chat.stop.done.resolve()
    chat.stop = noStop()
  }

  async function quiet(chat: Chat): Promise<void> {
    for (;;) {
      const waitMs = chat.quietAt - Date.now()
      if (waitMs <= 0 || chat.stop.wish.signal.aborted || closing.aborted) return
      const hurried = new AbortController()
      chat.hurry = () => hurried.abort()
      await sleep(waitMs, undefined, { signal: AbortSignal.any([hurried.signal, closing]) }).catch(() => {})
    }
  }

  /** Takes the next turn's updates from what waits. */
  async function nextOf(id: number, chat: Chat): Promise<Arrival[]> {
    const first = chat.waiting[0]
    const boundary = (first && (await boundaryAfter(id, first.update.id))) ?? Number.POSITIVE_INFINITY
    const albumsWithCommand = new Set<unknown>(
      chat.waiting.flatMap(({ looks }) => (looks.media_group_id && hasCommand(looks) ? [looks.media_group_id] : [])),
    )
    const albumOf = ({ looks }: Arrival) => (albumsWithCommand.has(looks.media_group_id) ? looks.media_group_id : undefined)
    const belongs = (arrival: Arrival) =>
      first?.update.turn
        ? arrival.update.turn === first.update.turn
        : !arrival.update.turn && arrival.update.id < boundary && first && albumOf(arrival) === albumOf(first)
    const taken = chat.waiting.filter(belongs)
    chat.waiting = chat.waiting.filter((arrival) => !taken.includes(arrival))
    return taken
  }

  async function runTurn(chat: Chat, arrivals: Arrival[]): Promise<void> {
    const again = new AbortController()
    const sealed = Boolean(arrivals[0]?.update.turn)
    const current = { arrivals, sealed, again, lastAt: Date.now() }
    chat.current = current
    const seal = () => {
      current.sealed = true
    }
    await run({ arrivals, signal: AbortSignal.any([closing, again.signal]), stop: chat.stop.wish.signal, seal })
    chat.current = undefined
    if (again.signal.aborted) chat.waiting.unshift(...arrivals)
    else if (chat.stop.wish.signal.aborted) endStop(chat)
  }

  /** Whether it belongs to the turn that is being answered rather than to the next. */
  function joins({ looks, isEdit }: Arrival, { current }: Chat): boolean {
    if (!current || current.sealed) return false
    if (isEdit) return current.arrivals.some((arrival) => arrival.looks.message_id === looks.message_id)
    const isSoon = Date.now() - current.lastAt < COMPANY_MS
    const sameAlbum = current.arrivals.some((arrival) => arrival.looks.media_group_id === looks.media_group_id)
    return (isSoon && Boolean(looks.forward_origin)) || (Boolean(looks.media_group_id) && sameAlbum)
  }

  return {
    add(arrival: Arrival): void {
      const id = arrival.update.chatId ?? 0
      const chat = chatOf(id)
      if (joins(arrival, chat)) chat.current?.again.abort(new Error('More belongs to this turn'))
      chat.waiting.push(arrival)
      if (!arrival.isEdit) chat.quietAt = mayHaveCompany(arrival.looks) ? Date.now() + COMPANY_MS : 0
      chat.hurry()
      chat.work ??= work(id, chat)
    },

    /** Ends the answer that is being written in a chat; resolves, when it is stored, with whether there was one. */
    async stop(chatId: number): Promise<boolean> {
      const chat = chats.get(chatId)
      if (!chat?.current && !chat?.waiting.length) return false
      const { wish, done } = chat.stop
      wish.abort(new Error('The person wants no more of the answer'))
      chat.hurry()
      await done.promise
      return true
    },

    async idle(): Promise<void> {
      while (chats.size > 0) await Promise.all([...chats.values()].map(({ work }) => work))
    },
  }
}

export type Gatherer = ReturnType<typeof createGatherer>

function mayHaveCompany({ text, caption, media_group_id, forward_origin }: Looks): boolean {
  const isFileAlone = text === undefined && caption === undefined
  const mayBeParted = typeof text === 'string' && text.length >= SPLIT_LENGTH
  return Boolean(media_group_id) || Boolean(forward_origin) || isFileAlone || mayBeParted
}

function hasCommand({ caption }: Looks): boolean {
  return typeof caption === 'string' && isCommand(caption)
}
