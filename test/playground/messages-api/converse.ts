import type Anthropic from '@anthropic-ai/sdk'
import { ask, start } from './start.ts'

type Answer = (call: Anthropic.ToolUseBlock) => unknown

const named = (name: string, properties: Record<string, unknown>): Anthropic.Tool => {
  return { name, input_schema: { type: 'object', properties } }
}

export const listing = named('list_background_jobs', { status_filter: { enum: ['all', 'running', 'done', 'failed'] } })
export const reading = named('get_background_job', { job_id: {}, offset: {} })
export const starting = named('start_background_job', {
  job_type: { enum: ['board', 'research', 'retrospective'] },
  input: {},
  rerun_of: {},
})

/** Thrown by an answer: the tool's result is an error in these words. */
export class ToolFailure extends Error {}

/** Asks like the service does, answering each tool call by `answer`; the text that ends it, and the calls. */
export async function converse(
  said: string | Anthropic.ContentBlockParam[],
  { tools = [listing, reading], answer = () => ({}) }: { tools?: Anthropic.Tool[]; answer?: Answer } = {},
) {
  await using service = await start()
  const stamp = { type: 'text' as const, text: '[Sunday 22 November 2026, 11:15, Europe/Berlin]\n' }
  const content = typeof said === 'string' ? `${stamp.text}${said}` : [stamp, ...said]
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content }]
  const calls: Anthropic.ToolUseBlock[] = []
  for (;;) {
    const params = { ...ask(''), max_tokens: 4000, system: 'You are Remy, an assistant.', tools, messages }
    const message = await service.client.messages.stream(params).finalMessage()
    const call = message.content.find((block) => block.type === 'tool_use')
    if (!call) return { calls, said: message.content.map((block) => (block.type === 'text' ? block.text : '')).join('') }
    calls.push(call)
    const result = { type: 'tool_result' as const, tool_use_id: call.id, ...resultOf(call, answer) }
    messages.push({ role: 'assistant', content: message.content }, { role: 'user', content: [result] })
  }
}

function resultOf(call: Anthropic.ToolUseBlock, answer: Answer) {
  try {
    return { content: JSON.stringify(answer(call)) }
  } catch (error) {
    if (error instanceof ToolFailure) return { content: error.message, is_error: true }
    throw error
  }
}
