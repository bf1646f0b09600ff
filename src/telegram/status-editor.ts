import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { TelegramError } from 'telegraf'
import type { Database } from '../../db/open.ts'
import type { OpenStatusMessage } from '../../db/status-messages.ts'
import type { Job } from '../jobs/lifecycle.ts'
import { type Limits, placesInLine } from '../jobs/request.ts'
import { createWakeLoop } from '../wake-loop.ts'
import { type Api, retryDelay } from './api.ts'
import { keyboardOf } from './outbox.ts'
import type { Pace } from './pace.ts'
import { type StatusText, statusButtons, statusOf } from './status-text.ts'

/** How long a message stands before it is edited, and how long after an edit the next one of its chat follows: edits count against the pace of what must arrive. */
const GAP_MS = 2_000
/** How long a chat is left alone that has no room for an edit. */
const BUSY_MS = 500
/** A look costs more the more jobs there are, and hundreds that move at once would ask for one each: so much lies between two. */
const LOOK_GAP_MS = 100

/** A longer timer would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647

interface Parts {
  db: Database
  api: Api
  pace: Pace
  limits: Limits
  /** Whether a chat has messages that are still to be sent: those go first. */
  isBehind: (chatId: number) => Promise<boolean>
  log: FastifyBaseLogger
}

interface Edit {
  open: OpenStatusMessage
  job: Job
  wanted: StatusText
}

/**
 * Keeps the status messages of jobs true: each says what follows from the registry, the last state wins, and what Telegram
 * has no room for is left out. The end of a job is shown in any case, after any restart.
 */
export function createStatusEditor({ db, api, pace, limits, isBehind, log }: Parts) {
  const busy = new Map<number, Promise<void>>()
  const restUntil = new Map<number, number>()
  /** Chats that have messages to be sent: looked at again when something of the outbox has changed. */
  const behind = new Set<number>()
  const attempts = new Map<number, number>()
  const editedAt = new Map<number, number>()
  const stop = new AbortController()
  let subscriptions: (() => void)[] = []
  let timer: NodeJS.Timeout | undefined

  const loop = createWakeLoop(
    async () => {
      const edits = await editsDue()
      clearTimeout(timer)
      let nextAt = Number.POSITIVE_INFINITY
      for (const [chatId, ofChat] of Map.groupBy(edits, ({ open }) => open.chatId)) {
        if (busy.has(chatId) || behind.has(chatId)) continue
        const dueAt = (edit: Edit) => Math.max(restUntil.get(chatId) ?? 0, standsUntil(edit))
        const edit = ofChat.find((each) => dueAt(each) <= performance.now())
        if (edit) restUntil.delete(chatId)
        if (edit) begin(chatId, edit)
        else nextAt = Math.min(nextAt, ...ofChat.map(dueAt))
      }
      if (nextAt < Number.POSITIVE_INFINITY)
        timer = setTimeout(loop.wake, Math.min(LONGEST_TIMER_MS, Math.max(0, nextAt - performance.now())))
      await sleep(LOOK_GAP_MS, undefined, { signal: stop.signal }).catch(() => {})
    },
    (err) => log.error({ err }, 'The status messages could not be looked at'),
  )

  /** What has to change, ends first. What can no longer change is settled on the way. */
  async function editsDue(): Promise<Edit[]> {
    const open = await db.statusMessages.open()
    if (open.length === 0) return []
    const jobs = new Map((await db.jobs.getAll(open.map(({ jobId }) => jobId))).map((job) => [job.id, job]))
    const places = placesInLine(await db.jobs.active(), limits)
    const edits: Edit[] = []
    for (const message of open) {
      const job = jobs.get(message.jobId)
      if (!job || message.state === 'pending') continue
      if (job.status === 'queued' && !places.has(job.id)) continue // it begins at once, or as soon as a stop is over
      const wanted = statusOf(job, places.get(job.id))
      const isSame = wanted.key === message.shown
      if (message.state === 'sent' && !isSame) edits.push({ open: message, job, wanted })
      else if (job.completedAt === null) continue
      else if (message.state === 'sent') await db.statusMessages.setShown(job.id, message.shown, true)
      else await db.statusMessages.settleUnsent(job.id)
    }
    return edits.sort((a, b) => turnOf(a) - turnOf(b))
  }

  /** Ends come first, and then what was edited longest ago: a lively job holds no other up. */
  function turnOf({ job }: Edit): number {
    return job.completedAt === null ? (editedAt.get(job.id) ?? 0) : -1
  }

  /** Until when a message that was just sent is left to be read, on the clock of `performance.now()`. */
  function standsUntil({ open }: Edit): number {
    const agoMs = Date.now() - Date.parse(open.sentAt ?? '')
    return agoMs >= 0 && agoMs < GAP_MS ? performance.now() + GAP_MS - agoMs : 0
  }

  function begin(chatId: number, edit: Edit): void {
    const work = show(chatId, edit)
      .catch((err) => {
        if (!stop.signal.aborted) log.error({ err, jobId: edit.job.id }, 'A status message could not be changed')
        return GAP_MS
      })
      .then((restMs) => {
        if (restMs > 0) restUntil.set(chatId, performance.now() + restMs)
        busy.delete(chatId)
        loop.wake()
      })
    busy.set(chatId, work)
  }

  /** Edits one message. Returns for how many ms its chat rests then. */
  async function show(chatId: number, { open, job, wanted }: Edit): Promise<number> {
    behind.add(chatId) // before the look: what changes meanwhile clears it
    if (await isBehind(chatId)) return 0
    behind.delete(chatId)
    const done = pace.tryTake(chatId)
    if (!done) return BUSY_MS
    const isEnd = job.completedAt !== null
    try {
      const fields = {
        chat_id: chatId,
        message_id: open.messageId,
        text: wanted.text,
        link_preview_options: { is_disabled: true },
        reply_markup: keyboardOf(statusButtons(job)),
      }
      await api.callApi('editMessageText', fields as never, { signal: stop.signal as never })
    } catch (error) {
      const isShown = error instanceof TelegramError && /message is not modified/i.test(error.description)
      if (!isShown) return settleFailure(chatId, job.id, wanted, error)
    } finally {
      done()
    }
    attempts.delete(chatId)
    if (isEnd) editedAt.delete(job.id)
    else editedAt.set(job.id, performance.now())
    await db.statusMessages.setShown(job.id, wanted.key, isEnd)
    return GAP_MS
  }

  async function settleFailure(chatId: number, jobId: number, wanted: StatusText, error: unknown): Promise<number> {
    stop.signal.throwIfAborted()
    const tries = (attempts.get(chatId) ?? 0) + 1
    const delayMs = retryDelay(error, tries)
    log.warn({ err: error, jobId, delayMs }, 'A status message stays as it is for now')
    if (delayMs === undefined) {
      await db.statusMessages.setShown(jobId, wanted.key, true) // it is gone, or the person wants nothing of the bot
      return GAP_MS
    }
    attempts.set(chatId, tries)
    if (error instanceof TelegramError && error.code === 429) pace.hold(chatId, delayMs)
    return delayMs
  }

  return {
    /** Begins to look, at what the last process left first. */
    start(): void {
      if (stop.signal.aborted) return
      const lookAgain = () => {
        behind.clear()
        loop.wake()
      }
      subscriptions = [
        db.onCommit('backgroundJobs', loop.wake),
        db.onCommit('statusMessages', loop.wake),
        db.onCommit('deliveries', lookAgain),
      ]
      loop.wake()
    },

    /** Edits no more. What is not shown yet is shown after the next boot. */
    async stop(): Promise<void> {
      for (const unsubscribe of subscriptions) unsubscribe()
      stop.abort()
      clearTimeout(timer)
      await loop.stop()
      clearTimeout(timer)
      await Promise.all(busy.values())
    },
  }
}

export type StatusEditor = ReturnType<typeof createStatusEditor>
