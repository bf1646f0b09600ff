// A strict local stand-in for Anthropic's Messages API: POST /v1/messages, with and without a stream.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkHeaders, checkRequest } from './check.ts'
import { refusalOf } from './faults.ts'
import { createJournal, type Journal, type JournalEntry } from './journal.ts'
import { offlineModel } from './offline-model.ts'
import { createPlan, type Failure, type Match } from './plan.ts'
import { errorBody, type Refusal } from './refusal.ts'
import { answerOf, compactId, type Reply, type Responder } from './reply.ts'
import type { MessageRequest } from './request.ts'
import { messageOf, writeStream } from './stream.ts'
import { createUsageMeter } from './usage.ts'
import { createWire, type Wire } from './wire.ts'

export type { Fault } from './faults.ts'
export type { JournalEntry, Outcome } from './journal.ts'
export type { Reply, Responder } from './reply.ts'
export { type Block, latestUserText, type MessageRequest, textOf } from './request.ts'
export { cited, searchCall, searchError, searchResult, webSearch } from './searches.ts'

const maximumBodyBytes = 32 * 1024 * 1024

export type MessagesApiOptions = {
  /** The only key that is accepted. */
  apiKey?: string
  /** 0, any free port, unless told. */
  port?: number
  /** Answers what no script or rule does: the offline model at its natural pace, unless told. */
  model?: Responder
  /** Shorter prefixes are not cached: 1,024 unless told. */
  minimumCacheTokens?: number
  /** Whether the organisation has web search enabled: true unless told. */
  webSearch?: boolean
}

export type MessagesApi = AsyncDisposable &
  Readonly<Pick<Journal, 'requests' | 'events' | 'until' | 'inFlight' | 'maxInFlight' | 'aborted'>> & {
    /** What ANTHROPIC_BASE_URL is set to. */
    readonly url: string
    readonly apiKey: string
    /** Queues replies, used in order of arrival by requests that no `when` matches. */
    script(...replies: (Reply | Responder)[]): void
    /** Answers matching requests, for ever or `times` times; earlier rules win. */
    when(match: Match, reply: Reply | Responder, times?: number): void
    /** Returns how to take it back. */
    fail(failure: Failure): () => void
    clearFaults(): void
    /** For `hold`: the answer waits until `open()`. */
    gate(): { promise: Promise<void>; open(): void }
    /** Whether requests with a web search tool are taken, from now on. */
    webSearch: boolean
    close(): Promise<void>
  }

/** Listens on 127.0.0.1 once it resolves; `close` ends all that is open, and those count as no client's abort. */
export async function createMessagesApi(options: MessagesApiOptions = {}): Promise<MessagesApi> {
  const { apiKey = 'local-messages-key', port = 0, model = offlineModel(), minimumCacheTokens } = options
  const abilities = { webSearch: options.webSearch ?? true }
  const journal = createJournal()
  const meter = createUsageMeter({ minimumCacheTokens })
  const { replyTo, ...plan } = createPlan(model)
  let closing = false

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = `req_${compactId()}`
    response.setHeader('request-id', id)
    const bytes = await readAll(request)
    const refuse = (refusal: Refusal) => {
      response.writeHead(refusal.status, { 'content-type': 'application/json', ...refusal.headers })
      response.end(JSON.stringify(errorBody(refusal.type, refusal.message, id)))
    }
    const { pathname } = new URL(request.url ?? '/', url)
    if (pathname !== '/v1/messages') return refuse({ status: 404, type: 'not_found_error', message: 'Not found' })
    if (request.method !== 'POST') {
      return refuse({ status: 405, type: 'invalid_request_error', message: 'Method Not Allowed' })
    }

    const arrival = { id, at: Date.now(), headers: request.headers, raw: bytes.toString() }
    const checked = check(request, bytes)
    if (!checked.ok) {
      journal.refuse({ ...arrival, body: leniently(arrival.raw), refusal: checked.refusal.message })
      return refuse(checked.refusal)
    }
    const entry = journal.open({ ...arrival, body: checked.request })
    const wire = createWire(response, {
      onEnd: () => journal.settle(entry, entry.fault ? 'fault' : 'answered'),
      onGone: () => !closing && journal.settle(entry, 'closed'),
    })
    await answer(wire, entry).catch((error) => {
      if (wire.gone || response.headersSent) throw error
      // A responder that throws is a mistake in a test: say it where the client will show it.
      entry.fault = 'server-error'
      sendError(wire, { status: 500, type: 'api_error', message: String(error) }, id)
    })
  }

  function check(request: IncomingMessage, bytes: Buffer) {
    const refusal = checkHeaders(request.headers, apiKey)
    if (refusal) return { ok: false as const, refusal }
    if (bytes.length <= maximumBodyBytes) return checkRequest(bytes, abilities)
    const message = 'Request exceeds the maximum size'
    return { ok: false as const, refusal: { status: 413, type: 'request_too_large' as const, message } }
  }

  async function answer(wire: Wire, entry: JournalEntry): Promise<void> {
    const request = entry.body
    const reply = await wire.until(replyTo(request))
    const { fault } = reply
    entry.fault = fault?.kind
    const refusal = fault && refusalOf(fault, request)
    const beforeBody = refusal !== undefined || fault?.kind === 'reset' || fault?.kind === 'html'
    if (reply.hold && (beforeBody || !request.stream)) await wire.until(reply.hold)
    if (refusal) return sendError(wire, refusal, entry.id)
    if (fault?.kind === 'reset') return wire.reset()
    if (fault?.kind === 'html') {
      wire.head(200, { 'content-type': 'text/html' })
      return wire.finish('<!doctype html><title>Welcome</title><p>Please sign in to this network.')
    }
    entry.usage = meter.measure(request)
    const message = answerOf(reply, request)
    entry.usage.output_tokens = message.outputTokens
    if (!request.stream) return sendWhole(wire, reply, messageOf(message, entry.usage, true))
    wire.head(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
    return writeStream(wire, reply, message, entry.usage, entry.id)
  }

  async function close(): Promise<void> {
    if (closing) return
    closing = true
    journal.stop()
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  const { events, requests, until } = journal
  return {
    ...{ url, apiKey, events, requests, until, close, ...plan },
    get inFlight() {
      return journal.inFlight
    },
    get maxInFlight() {
      return journal.maxInFlight
    },
    get aborted() {
      return journal.aborted
    },
    get webSearch() {
      return abilities.webSearch
    },
    set webSearch(enabled) {
      abilities.webSearch = enabled
    },
    gate() {
      const { promise, resolve } = Promise.withResolvers<void>()
      return { promise, open: resolve }
    },
    [Symbol.asyncDispose]: close,
  }
}

function sendError(wire: Wire, { status, type, message, headers }: Refusal, id: string): void {
  wire.head(status, { 'content-type': 'application/json', ...headers })
  wire.finish(JSON.stringify(errorBody(type, message, id)))
}

// The faults of a stream, as far as an answer in one piece can have them.
async function sendWhole(wire: Wire, { firstTokenMs = 0, fault }: Reply, message: object): Promise<void> {
  await wire.wait(firstTokenMs)
  const body = JSON.stringify(message)
  wire.head(200, { 'content-type': 'application/json' })
  if (fault?.kind === 'stall' || fault?.kind === 'pings-only') return wire.silence()
  if (fault?.kind !== 'cut' && fault?.kind !== 'early-end') return wire.finish(body)
  await wire.send(body.slice(0, body.length / 2))
  return fault.kind === 'cut' ? wire.cut() : wire.finish()
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts)
}

function leniently(raw: string): MessageRequest {
  try {
    // Not a checked request: the journal's type says what a refused body may be.
    return JSON.parse(raw) as MessageRequest
  } catch {
    return {} as MessageRequest
  }
}
