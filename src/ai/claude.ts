import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import Anthropic, { AnthropicError, APIConnectionError, APIError } from '@anthropic-ai/sdk'
import type { FastifyBaseLogger } from 'fastify'
import PQueue from 'p-queue'
import type { Account } from '../../db/model-calls.ts'
import { Failure } from '../failure.ts'
import type { ClaudeCall } from '../observations.ts'
import { takenBack, textOf } from './answer.ts'
import type { Used } from './prices.ts'
import { StreamCut, watchStream } from './stream-watch.ts'
import { isSearchDisabled, verdictOn } from './verdicts.ts'

export type Block = Anthropic.ContentBlock
/** A message as it is sent and stored: always a list of blocks. */
export interface Message {
  role: 'user' | 'assistant'
  content: Anthropic.ContentBlockParam[]
}
export type ToolDefinition = Anthropic.ToolUnion

export interface ModelRequest {
  model: string
  /** What Claude is told beforehand; fixed text, so that it is read from the prompt cache. */
  system: string
  messages: Message[]
  tools?: ToolDefinition[]
  /** With 'none', Claude must answer in words. */
  toolChoice?: 'auto' | 'none'
  maxTokens: number
}

export interface ModelAnswer {
  content: Block[]
  stopReason: Anthropic.StopReason
}

export interface CallOptions {
  lane: Lane
  /** For whom it is, and for what: from the caller, never from what the model writes. */
  account: Account
  signal: AbortSignal
  /** Gets all that was written so far, again and again; after a call that broke off it begins anew. */
  onText?: (text: string) => void
  /** Hears that the call waits to be tried again, and that it is answered after all. */
  onBusy?: (isBusy: boolean) => void
  /** Hears of each search of the web, with what is searched for. */
  onSearch?: (query: string) => void
}

/** This key may not search the web: an owner can enable it in the Claude Console. */
export class SearchDisabled extends Failure {}

/** Who waits for the answer: chat goes first, and gives up on a silent model sooner. */
export type Lane = 'chat' | 'job'

const PRIORITY = { chat: 1, job: 0 } as const
const SILENCE_MS = { chat: 120_000, job: 300_000 } as const
/** One call in so many is kept free of jobs: their answers take a minute, and a person who chats waits. */
const ONE_KEPT_FOR_CHAT_IN = 4
const RETRIES = 4
const LONGEST_RETRY_AFTER_MS = 90_000
const LINGER_MS = 500
/** How often an answer that the API paused, in a long search, is taken up again. */
const MOST_PAUSES = 10

/** The API's own web search, whose pages Claude sees as search results. Called directly, never from code that runs there. */
export function webSearch(maxUses: number): ToolDefinition {
  return { type: 'web_search_20260318', name: 'web_search', max_uses: maxUses, allowed_callers: ['direct'] }
}

interface Options {
  apiKey: string
  baseURL: string
  maxCalls: number
  stallMs: number
  /** Hears of each call that the API had begun to answer, whether it came to its end or broke off: it is billed either way. */
  record: (account: Account, model: string, used: Used) => void
  /** Hears of each try, and how it ended: a status, or a word where there is none. */
  onCall?: (call: ClaudeCall) => void
  log: Pick<FastifyBaseLogger, 'warn'>
}

/** Claude behind deadlines: a bounded number of calls at once, streams that are watched, and retries that know what is worth one. */
export function createClaude({ apiKey, baseURL, maxCalls, stallMs, record, onCall, log }: Options) {
  // Retries and deadlines are ours: the SDK's timeout does not bound a stalled stream, and it tries no cut stream again.
  const client = new Anthropic({ apiKey, baseURL, maxRetries: 0, timeout: 3_600_000, logLevel: 'off' })
  const calls = new PQueue({ concurrency: maxCalls })
  const callsOfJobs = new PQueue({ concurrency: maxCalls - Math.floor(maxCalls / ONE_KEPT_FOR_CHAT_IN) })

  async function callOnce(
    request: ModelRequest,
    { lane, account, signal, onText, onBusy, onSearch }: CallOptions,
  ): Promise<ModelAnswer> {
    const watch = watchStream({ stallMs, silenceMs: SILENCE_MS[lane] })
    const ended = new AbortController()
    const begun: { message?: Anthropic.Message } = {}
    const startedAt = performance.now()
    let status = '200'
    try {
      const stream = client
        .withOptions({ fetch: watch.fetch })
        .messages.stream(toBody(request), { signal: AbortSignal.any([signal, watch.signal, ended.signal]) })
      stream.on('streamEvent', (_event, message) => {
        watch.content()
        begun.message = message // as far as it has come, with its usage
      })
      if (onBusy) stream.once('streamEvent', () => onBusy(false))
      if (onSearch) stream.on('contentBlock', (block) => hearSearch(block, onSearch))
      if (onText) stream.on('text', () => onText(textOf(stream.currentMessage?.content ?? [])))
      // The message is whole at its end event; a socket that stays open after it is not waited for.
      const whole = stream.emitted('message').then((message) => sleep(LINGER_MS, message))
      const message = await Promise.race([stream.finalMessage(), whole])
      if (!message.stop_reason) throw new StreamCut('the stream ended early')
      return { content: message.content, stopReason: message.stop_reason }
    } catch (error) {
      status = statusOf(error, signal)
      const answered = error instanceof APIError && error.status !== undefined
      throw watch.signal.aborted && !answered ? watch.signal.reason : error
    } finally {
      ended.abort()
      watch.close()
      onCall?.({ model: request.model, status, durationMs: performance.now() - startedAt })
      if (begun.message) record(account, begun.message.model, usedBy(begun.message))
    }
  }

  async function callUntilAnswered(request: ModelRequest, options: CallOptions): Promise<ModelAnswer> {
    const { lane, signal } = options
    for (let tries = 1; ; tries++) {
      signal.throwIfAborted()
      try {
        // Bound: a queue would run it as whatever ended before it, and the log would name the wrong update or job.
        const once = AsyncLocalStorage.bind(() => callOnce(request, options))
        const call = () => calls.add(once, { priority: PRIORITY[lane], signal })
        return await (lane === 'job' ? callsOfJobs.add(call, { signal }) : call())
      } catch (error) {
        signal.throwIfAborted()
        const { failure, again, retryAfterMs } = diagnose(error, request.model)
        if (!again || tries > RETRIES) throw failure
        options.onBusy?.(true)
        const delayMs = Math.round(
          Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS) || 1_000 * 2 ** (tries - 1) * (0.75 + Math.random() / 2),
        )
        log.warn({ err: error, lane, tries, delayMs }, 'A call to Claude is tried again')
        await sleep(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted())
      }
    }
  }

  return {
    /**
     * Asks Claude and waits for the whole answer; one that the API paused is taken up again where it stopped.
     * @throws {Failure} with a sentence for the person when it stays without one; the signal's reason when that aborts.
     */
    async complete(request: ModelRequest, { onText, ...options }: CallOptions): Promise<ModelAnswer> {
      let begun: Block[] = []
      for (let pauses = 0; pauses <= MOST_PAUSES; pauses++) {
        const before = begun
        const messages: Message[] = before.length > 0 ? [{ role: 'assistant', content: takenBack(before) }] : []
        const answer = await callUntilAnswered(
          { ...request, messages: [...request.messages, ...messages] },
          { ...options, ...(onText && { onText: (text) => onText(textOf(before) + text) }) },
        )
        begun = [...before, ...answer.content]
        if (answer.stopReason !== 'pause_turn') return { ...answer, content: begun }
      }
      throw new Failure('Claude did not come to an end')
    },
  }
}

export type Claude = ReturnType<typeof createClaude>

function toBody({ model, system, messages, tools, toolChoice, maxTokens }: ModelRequest): Anthropic.MessageStreamParams {
  return {
    model,
    max_tokens: maxTokens,
    system: [{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }],
    messages,
    ...(tools && { tools }),
    ...(toolChoice && { tool_choice: { type: toolChoice } }),
  }
}

function hearSearch(block: Block, onSearch: (query: string) => void): void {
  if (block.type !== 'server_tool_use' || block.name !== 'web_search') return
  const { query } = block.input as { query?: unknown } // what the model wrote
  if (typeof query === 'string' && query) onSearch(query)
}

/** The counts so far; what did not occur is null or left out. */
function usedBy({ usage }: Anthropic.Message): Used {
  return {
    inputTokens: usage.input_tokens ?? 0,
    outputTokens: usage.output_tokens ?? 0,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
    hourCacheWriteTokens: usage.cache_creation?.ephemeral_1h_input_tokens ?? 0,
    searches: usage.server_tool_use?.web_search_requests ?? 0,
  }
}

/** How a call that threw ended: the HTTP status, `unreachable`, `broken` in its middle, or `aborted` by whoever asked. */
function statusOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'aborted'
  if (error instanceof APIConnectionError) return 'unreachable'
  return error instanceof APIError && error.status !== undefined ? String(error.status) : 'broken'
}

interface Diagnosis {
  failure: Failure
  again: boolean
  retryAfterMs?: number
}

function diagnose(error: unknown, model: string): Diagnosis {
  if (error instanceof Failure) return { failure: error, again: false }
  const verdict = (sentence: string, again: boolean) => ({ failure: new Failure(sentence, error), again })
  if (error instanceof APIConnectionError) return verdict('Claude could not be reached', true)
  if (error instanceof APIError) {
    if (isSearchDisabled(error)) {
      return { failure: new SearchDisabled('web search is not enabled for this API key', error), again: false }
    }
    const retryAfterMs = Number(error.headers?.get('retry-after')) * 1_000 || 0
    const { status, message } = error
    const { sentence, again } = verdictOn({ status, message, type: typeOf(error) }, model)
    return { ...verdict(sentence, again), retryAfterMs }
  }
  // Cut streams come as a bare AnthropicError, or as what the platform's fetch threw.
  const isCut = error instanceof StreamCut || error instanceof AnthropicError || error instanceof TypeError
  if (isCut) return verdict("Claude's answer broke off", true)
  return verdict('something went wrong between Remy and Claude', false)
}

/** The API's own name for the error; the SDK hands the body on as it came. */
function typeOf(error: Pick<APIError, 'error'>): string | undefined {
  const body = error.error as { error?: { type?: string } } | undefined // as documented; read with care
  return body?.error?.type
}
