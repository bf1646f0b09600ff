import { randomUUID } from 'node:crypto'
import { errorOf, type Json, type Messages } from '../doctor/messages.ts'
import { type Assumption, expectThat } from './assumption.ts'
import { type Block, blocksOf, endOf } from './blocks.ts'
import { claudeRefusals } from './claude-refusals.ts'
import { onePage, redSquare } from './samples.ts'

/** A long answer takes its time; a search more so. */
const PATIENT_MS = 180_000

export type ClaudeContext = ReturnType<typeof createClaudeContext>

export function createClaudeContext(messages: Messages, { chatModel, jobModel }: { chatModel: string; jobModel: string }) {
  const user = (content: unknown) => [{ role: 'user', content }]
  const body = (content: unknown, more: Json = {}) => ({
    model: chatModel,
    max_tokens: 200,
    messages: user(content),
    ...more,
  })
  return {
    ...messages,
    jobModel,
    body,
    /** The whole answer to a request that must be taken. */
    async answer(content: unknown, more: Json = {}) {
      const answer = await messages.ask(body(content, more), { timeoutMs: PATIENT_MS })
      expectThat(answer.status === 200, `status ${answer.status}: ${errorOf(answer).message}`)
      return answer.body as { stop_reason: unknown; content: Block[]; usage: Json } // a message, by its status
    },
    /** The same as a stream. */
    async events(content: unknown, more: Json = {}) {
      const answer = await messages.stream(body(content, more), PATIENT_MS)
      expectThat(
        answer.status === 200 && answer.type.startsWith('text/event-stream'),
        `status ${answer.status}: ${answer.text}`,
      )
      return answer
    },
    /** Holds when the request is refused with this status and type, and with words that match. */
    async refuses(request: Json | string, [status, type, words]: [number, string, RegExp?], key?: string): Promise<void> {
      const answer = await messages.ask(request, key ? { key } : {})
      const error = errorOf(answer)
      const holds = answer.status === status && error.type === type && (words?.test(error.message) ?? true)
      expectThat(holds, `status ${answer.status}, ${error.type}: ${error.message}`)
    },
  }
}

const tool = {
  name: 'list_background_jobs',
  description: "Lists the person's background jobs",
  input_schema: { type: 'object', properties: {} },
}
const asTool = { tools: [tool], tool_choice: { type: 'any' } }
const question = 'Which background jobs are running?'
const file = (type: string, media_type: string, bytes: Buffer) => ({
  type,
  source: { type: 'base64', media_type, data: bytes.toString('base64') },
})

export const claudeAssumptions: Assumption<ClaudeContext>[] = [
  {
    name: 'a stream goes from message_start, by a ping and deltas, to message_stop, and ends a turn',
    async check({ events }) {
      const answer = await events('Say hello in five words.')
      const types = answer.events.map(({ type }) => type)
      const known = ['message_start', 'ping', 'content_block_start', 'content_block_delta', 'content_block_stop']
      const inOrder = types[0] === 'message_start' && types.at(-1) === 'message_stop' && types.at(-2) === 'message_delta'
      expectThat(inOrder && known.every((type) => types.includes(type)), [...new Set(types)].join(', '))
      const { stopReason, usage } = endOf(answer.events)
      expectThat(stopReason === 'end_turn' && Number(usage.output_tokens) > 0, { stopReason, usage })
      return `first byte after ${Math.round(answer.firstByteMs)} ms, ${types.filter((type) => type === 'ping').length} pings`
    },
  },
  {
    name: 'an answer that is too long stops as max_tokens',
    async check({ answer }) {
      const { stop_reason } = await answer('Count to one hundred in words.', { max_tokens: 5 })
      expectThat(stop_reason === 'max_tokens', stop_reason)
    },
  },
  {
    name: "a tool's call is streamed as JSON in parts, and stops as tool_use",
    async check({ events }) {
      const answer = await events(question, asTool)
      const call = blocksOf(answer.events).find(({ type }) => type === 'tool_use')
      const isCall = /^toolu_/.test(String(call?.id)) && call?.name === tool.name && typeof call.input === 'object'
      expectThat(isCall && endOf(answer.events).stopReason === 'tool_use', call ?? answer.events.at(-2))
    },
  },
  {
    name: 'the result of a tool is taken right after its call, with a call that was sent back as it came',
    async check({ answer, body, ask }) {
      const first = await answer(question, asTool)
      const calls = first.content.filter(({ type }) => type === 'tool_use')
      const results = calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: '{"jobs":[]}' }))
      const request = body(question, { tools: [tool] })
      const turns = [...request.messages, { role: 'assistant', content: first.content }, { role: 'user', content: results }]
      const second = await ask({ ...request, messages: turns }, { timeoutMs: PATIENT_MS })
      expectThat(second.status === 200, `status ${second.status}: ${errorOf(second).message}`)
      expectThat(second.body.stop_reason === 'end_turn', second.body.stop_reason)
    },
  },
  {
    name: 'an image is taken',
    async check({ answer }) {
      await answer([file('image', 'image/png', redSquare()), { type: 'text', text: 'Which colour is this? One word.' }])
    },
  },
  {
    name: 'a PDF is taken',
    async check({ answer }) {
      const page = file('document', 'application/pdf', onePage('Hello from the doctor'))
      await answer([page, { type: 'text', text: 'What does the page say? A few words.' }])
    },
  },
  {
    name: 'a text file is taken as a document with a title',
    async check({ answer }) {
      const source = { type: 'text', media_type: 'text/plain', data: 'one,two\n1,2\n' }
      await answer([
        { type: 'document', source, title: 'numbers.csv' },
        { type: 'text', text: 'How many columns? One word.' },
      ])
    },
  },
  {
    name: 'the second of two equal calls is read from the cache that the first one wrote',
    async check({ answer }) {
      const text = `${randomUUID()}\n${'You are helpful, and you answer in as few words as you can. '.repeat(450)}`
      const more = { max_tokens: 1, system: [{ type: 'text', text, cache_control: { type: 'ephemeral' } }] }
      const [first, second] = [await answer('Say OK.', more), await answer('Say OK.', more)]
      const [written, read] = [Number(first.usage.cache_creation_input_tokens), Number(second.usage.cache_read_input_tokens)]
      expectThat(written > 0 && read >= written, { first: first.usage, second: second.usage })
      return `${read} tokens`
    },
  },
  ...claudeRefusals,
]
