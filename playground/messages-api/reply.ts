// What a test or a model says, and the message that the API would make of it.
import { randomUUID } from 'node:crypto'
import type { Fault } from './faults.ts'
import type { Block, MessageRequest } from './request.ts'
import { tokensOf } from './usage.ts'

export type StopReason =
  | 'end_turn'
  | 'max_tokens'
  | 'stop_sequence'
  | 'tool_use'
  | 'pause_turn'
  | 'refusal'
  | 'model_context_window_exceeded'

/** The content goes out in this order: blocks, text, tool calls. Times shape streams; without one only firstTokenMs counts. */
export type Reply = {
  text?: string
  toolCalls?: { name: string; input: Record<string, unknown>; id?: string }[]
  /** Raw content blocks, such as thinking, server_tool_use or a text with citations. */
  blocks?: Block[]
  /** end_turn, or tool_use where there are tool calls, unless told. */
  stopReason?: StopReason
  /** Text deltas per text block; one for about 40 characters unless told. */
  chunks?: number
  firstTokenMs?: number
  chunkMs?: number
  /** Pings right after message_start; 0 unless told. */
  pings?: number
  /** Pings this far apart while `hold` and `firstTokenMs` last. */
  pingEveryMs?: number
  /** Awaited before an HTTP error or a JSON answer, or in a stream after message_start. */
  hold?: Promise<void>
  fault?: Fault
}

export type Responder = (request: MessageRequest) => Reply | Promise<Reply>

export type Answer = { id: string; model: string; content: Block[]; stopReason: StopReason; outputTokens: number }

/** The finished message: a text that passes max_tokens is cut there, as the API does it. */
export function answerOf(reply: Reply, request: MessageRequest): Answer {
  const whole = contentOf(reply)
  const budget = reply.fault?.kind === 'max-tokens' ? Math.floor(lengthOf(whole) / 2) : request.max_tokens * 4
  const content = cutAt(whole, budget)
  const wasCut = reply.fault?.kind === 'max-tokens' || content !== whole
  return {
    id: `msg_${compactId()}`,
    model: request.model,
    content,
    stopReason: reply.fault?.kind === 'refusal' ? 'refusal' : wasCut ? 'max_tokens' : stopReasonOf(reply, content),
    outputTokens: Math.max(1, tokensOf(content.map(textIn).join(''))),
  }
}

/** An id as the API makes them, without its prefix. */
export function compactId(): string {
  return randomUUID().replaceAll('-', '').slice(0, 24)
}

function stopReasonOf(reply: Reply, content: Block[]): StopReason {
  return reply.stopReason ?? (content.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn')
}

function contentOf({ blocks = [], text = '', toolCalls = [], fault }: Reply): Block[] {
  if (fault?.kind === 'empty' || fault?.kind === 'refusal') return []
  return [
    ...blocks,
    ...(text === '' ? [] : [{ type: 'text', text, citations: null }]),
    ...toolCalls.map(({ name, input, id = `toolu_${compactId()}` }) => {
      return { type: 'tool_use', id, name, input, caller: { type: 'direct' } }
    }),
  ]
}

function textIn(block: Block): string {
  if (block.type === 'text') return block.text ?? ''
  if (block.type === 'thinking') return String(block.thinking)
  return block.input === undefined ? '' : JSON.stringify(block.input)
}

function lengthOf(content: Block[]): number {
  return content.reduce((sum, block) => sum + textIn(block).length, 0)
}

// A tool call is not written in parts here: one that does not fit is left out whole.
function cutAt(content: Block[], budget: number): Block[] {
  if (lengthOf(content) <= budget) return content
  const kept: Block[] = []
  let left = budget
  for (const block of content) {
    const length = textIn(block).length
    if (length <= left) kept.push(block)
    else {
      const text = block.text?.slice(0, left).toWellFormed()
      if (block.type === 'text' && text) kept.push({ ...block, text })
      return kept
    }
    left -= length
  }
  return kept
}
