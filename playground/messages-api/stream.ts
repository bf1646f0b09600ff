// An answer as server-sent events, in the order and shape of the API, with the faults that strike inside a stream.
import { errorEvent, type Fault } from './faults.ts'
import type { Answer, Reply } from './reply.ts'
import type { Block } from './request.ts'
import type { Usage } from './usage.ts'
import type { Wire } from './wire.ts'

type Event = { type: string; [field: string]: unknown }

const ping: Event = { type: 'ping' }

/** The message object, as in message_start (`finished` false) and in an answer without a stream. */
export function messageOf(answer: Answer, usage: Usage, finished: boolean) {
  return {
    id: answer.id,
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content: finished ? answer.content : [],
    container: null,
    diagnostics: null,
    stop_reason: finished ? answer.stopReason : null,
    stop_details: finished ? stopDetails(answer) : null,
    stop_sequence: null,
    usage: {
      ...usage,
      output_tokens: finished ? answer.outputTokens : 1,
      output_tokens_details: null,
      cache_creation: {
        ephemeral_5m_input_tokens: usage.cache_creation_input_tokens,
        ephemeral_1h_input_tokens: 0,
      },
      inference_geo: null,
      server_tool_use: serverToolUse(answer),
      service_tier: 'standard',
      speed: null,
    },
  }
}

/** Writes the stream to its end, or to the point where the reply's fault strikes. */
export async function writeStream(wire: Wire, reply: Reply, answer: Answer, usage: Usage, requestId: string) {
  const events = [...eventsOf(reply, answer, usage)]
  const breakAt = reply.fault ? breakIndex(events, reply.fault) : undefined
  let begun = false
  for (const [index, event] of events.entries()) {
    if (reply.fault && index === breakAt) return breakOff(wire, reply.fault, requestId)
    if (event.type === 'content_block_delta') {
      await pinging(wire, reply.pingEveryMs, wire.wait((begun ? reply.chunkMs : reply.firstTokenMs) ?? 0))
      begun = true
    }
    if (event.type === 'message_stop') return wire.finish(frame(event))
    await wire.send(frame(event))
    if (index === 0 && reply.hold) await pinging(wire, reply.pingEveryMs, wire.until(reply.hold))
  }
}

function frame(event: Event): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

async function pinging(wire: Wire, everyMs: number | undefined, wait: Promise<void>): Promise<void> {
  const timer = everyMs === undefined ? undefined : setInterval(() => void wire.send(frame(ping)).catch(() => {}), everyMs)
  await wait.finally(() => clearInterval(timer))
}

function* eventsOf(reply: Reply, answer: Answer, usage: Usage): Generator<Event> {
  yield { type: 'message_start', message: messageOf(answer, usage, false) }
  for (let sent = 0; sent < (reply.pings ?? 0); sent++) yield ping
  for (const [index, block] of answer.content.entries()) {
    yield { type: 'content_block_start', index, content_block: opening(block) }
    if (index === 0) yield ping
    for (const delta of deltasOf(block, reply.chunks)) yield { type: 'content_block_delta', index, delta }
    yield { type: 'content_block_stop', index }
  }
  const { usage: finalUsage } = messageOf(answer, usage, true)
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens } = finalUsage
  yield {
    type: 'message_delta',
    delta: { stop_reason: answer.stopReason, stop_sequence: null, stop_details: stopDetails(answer), container: null },
    usage: {
      input_tokens,
      cache_creation_input_tokens,
      cache_read_input_tokens,
      output_tokens,
      output_tokens_details: null,
      server_tool_use: finalUsage.server_tool_use,
    },
  }
  yield { type: 'message_stop' }
}

// What a block looks like before its deltas; blocks without deltas, such as search results, come whole.
function opening(block: Block): Block {
  if (block.type === 'text') return { ...block, text: '', citations: block.citations ? [] : null }
  if (block.type === 'thinking') return { ...block, thinking: '', signature: '' }
  return block.input === undefined ? block : { ...block, input: {} }
}

function deltasOf(block: Block, chunks?: number): Event[] {
  if (block.type === 'text') {
    const citations = Array.isArray(block.citations) ? block.citations : []
    return [
      ...pieces(block.text ?? '', chunks).map((text) => ({ type: 'text_delta', text })),
      ...citations.map((citation) => ({ type: 'citations_delta', citation })),
    ]
  }
  if (block.type === 'thinking') {
    return [
      ...pieces(String(block.thinking)).map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature: String(block.signature ?? 'c3RhbmQtaW4=') },
    ]
  }
  if (block.input === undefined) return []
  // As the API: an empty piece first, then the JSON broken wherever it happens to break.
  return ['', ...pieces(JSON.stringify(block.input), 3)].map((json) => ({
    type: 'input_json_delta',
    partial_json: json,
  }))
}

function pieces(text: string, count = Math.ceil(text.length / 40)): string[] {
  const characters = Array.from(text)
  const size = Math.max(1, Math.ceil(characters.length / Math.max(1, count)))
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, index) =>
    characters.slice(index * size, (index + 1) * size).join(''),
  )
}

function stopDetails(answer: Answer) {
  return answer.stopReason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null
}

// What was run in this answer: a search that failed is not charged, and one that is still to come is counted when it has come.
function serverToolUse({ content }: Answer) {
  if (!content.some(({ type }) => type === 'server_tool_use' || type.startsWith('web_'))) return null
  const count = (tool: string) => {
    const results = content.filter(({ type }) => type === `${tool}_tool_result`)
    return results.filter((block) => !String((block.content as Block | undefined)?.type).endsWith('_error')).length
  }
  return { web_search_requests: count('web_search'), web_fetch_requests: count('web_fetch') }
}

function breakIndex(events: Event[], fault: Fault): number | undefined {
  if (fault.kind === 'stall' && fault.after === 'headers') return 0
  if (fault.kind === 'pings-only' || (fault.kind === 'stall' && fault.after === 'start')) return 1
  if (!['stall', 'cut', 'early-end', 'error-event'].includes(fault.kind)) return undefined
  const deltas = events.flatMap((event, index) => (event.type === 'content_block_delta' ? [index] : []))
  return (deltas[Math.floor((deltas.length - 1) / 2)] ?? 0) + 1
}

async function breakOff(wire: Wire, fault: Fault, requestId: string): Promise<void> {
  switch (fault.kind) {
    case 'cut':
      return wire.cut()
    case 'early-end':
      return wire.finish()
    case 'error-event':
      return wire.finish(`event: error\ndata: ${JSON.stringify(errorEvent(fault, requestId))}\n\n`)
    case 'pings-only':
      return pinging(wire, fault.everyMs ?? 50, wire.silence())
    default:
      return wire.silence()
  }
}
