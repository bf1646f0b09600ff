import type { Generated, Selectable } from 'kysely'
import type { Status } from '../src/jobs/lifecycle.ts'

/**
 * The tables, in the names that Kysely's CamelCasePlugin gives them. Times are ISO 8601 in UTC with milliseconds, JSON is
 * text. What each column means stands in the migrations.
 */
export interface Schema {
  backgroundJobs: BackgroundJobs
  jobEvents: JobEvents
  updates: Updates
  deliveries: Deliveries
  statusMessages: StatusMessages
  jobsSearch: { rowid: number }
  modelCalls: ModelCalls
  messages: Messages
  summaries: Summaries
  boots: Boots
  refusals: { chatId: number; refusedAt: string }
  settings: { key: string; value: string }
}

interface BackgroundJobs {
  id: Generated<number>
  userId: number
  jobType: string
  status: Generated<Status>
  inputText: string
  resultText: string | null
  createdAt: string
  completedAt: string | null
  startedAt: string | null
  chatId: number | null
  messageThreadId: number | null
  requestMessageId: number | null
  updateId: number | null
  callOrdinal: Generated<number>
  bootId: string | null
  files: Generated<string>
  rerunOf: number | null
  noticeId: number | null
  stage: string | null
}

interface JobEvents {
  id: Generated<number>
  jobId: number
  type: 'transition' | 'step'
  name: string
  data: Generated<string>
  at: string
}

interface Updates {
  id: Generated<number>
  updateId: number
  chatId: number | null
  payload: string | null
  attempts: Generated<number>
  error: string | null
  receivedAt: string
  handledAt: string | null
  turn: number | null
  previewMessageId: number | null
  shownAt: string | null
}

interface Deliveries {
  id: Generated<number>
  chatId: number
  messageThreadId: number | null
  jobId: number | null
  purpose: 'acknowledgement' | 'outcome' | 'steps' | 'reply' | 'refusal' | 'callback'
  part: number
  method: Generated<'sendMessage' | 'editMessageText' | 'sendDocument' | 'answerCallbackQuery'>
  payload: string
  state: Generated<'pending' | 'sent' | 'failed' | 'dropped'>
  attempts: Generated<number>
  nextAttemptAt: string | null
  messageId: number | null
  error: string | null
  createdAt: string
  sentAt: string | null
  vanishes: Generated<number>
}

interface StatusMessages {
  jobId: number
  shown: string
  settled: Generated<number>
}

interface ModelCalls {
  id: Generated<number>
  userId: number
  kind: string
  jobId: number | null
  step: string | null
  turn: number | null
  model: string
  inputTokens: number
  outputTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
  searches: number
  costMicros: number | null
  at: string
}

interface Messages {
  id: Generated<number>
  chatId: number
  userId: number
  turn: number
  ordinal: number
  role: 'user' | 'assistant' | 'boundary'
  content: string
  tokens: number
  createdAt: string
}

interface Summaries {
  id: Generated<number>
  chatId: number
  upToTurn: number
  content: string
  tokens: number
  createdAt: string
}

interface Boots {
  id: string
  pid: number
  host: string
  version: string
  startedAt: string
  lastSeenAt: string
  endedAt: string | null
  lastEnd: 'clean' | 'signal' | 'crash' | null
  stopSignal: string | null
}

/** A row as it is read. */
export type Row<Table extends keyof Schema> = Selectable<Schema[Table]>
