import { webSearch } from '../../src/ai/claude.ts'
import { errorOf, type Json } from '../doctor/messages.ts'
import { type Assumption, expectThat } from './assumption.ts'
import { type Block, blocksOf, endOf } from './blocks.ts'
import type { ClaudeContext } from './claude.ts'

const question =
  '<question>\nIn which year was the SQLite project begun? Search the web and say it in one sentence.\n</question>'
// The offline model of the stand-in searches in this role only.
const system = 'Role: Researcher\n\nSearch the web before you answer, and rest what you say on what you find.'
const hasTexts = (block: Json | undefined, ...fields: string[]) => fields.every((field) => typeof block?.[field] === 'string')
const shapeOf = (blocks: Block[]) => blocks.map(({ type }) => type).join(', ')

/** One search, looked at from several sides. */
export const searchAssumptions: Assumption<ClaudeContext>[] = [
  {
    name: 'a web search is streamed as call, result and cited text, is counted, and is taken back as it came',
    async check({ events, ask, body, jobModel }) {
      const more = { model: jobModel, max_tokens: 2_000, system, tools: [webSearch(1)] }
      const answer = await events(question, more)
      const blocks = blocksOf(answer.events)

      const call = blocks.find(({ type }) => type === 'server_tool_use')
      const isCall = call?.name === 'web_search' && /^srvtoolu_/.test(String(call.id))
      expectThat(isCall && hasTexts(call.input as Json, 'query'), call ?? shapeOf(blocks))

      const result = blocks.find(({ type }) => type === 'web_search_tool_result')
      expectThat(result?.tool_use_id === call.id && Array.isArray(result?.content), result ?? shapeOf(blocks))
      const [page] = result.content as Json[]
      expectThat(page?.type === 'web_search_result' && hasTexts(page, 'url', 'title', 'encrypted_content'), page)

      const citations = blocks.flatMap(({ citations: found }) => (Array.isArray(found) ? (found as Json[]) : []))
      const [citation] = citations
      const isCitation = citation?.type === 'web_search_result_location'
      expectThat(isCitation && hasTexts(citation, 'url', 'cited_text', 'encrypted_index'), citation ?? shapeOf(blocks))

      const { stopReason, usage } = endOf(answer.events)
      const counted = (usage.server_tool_use as Json | null)?.web_search_requests
      expectThat(stopReason === 'end_turn' && Number(counted) >= 1, { stopReason, usage })

      const request = body(question, more)
      const turns = [...request.messages, { role: 'assistant', content: blocks }, { role: 'user', content: 'Thank you.' }]
      const next = await ask({ ...request, max_tokens: 1, messages: turns }, { timeoutMs: 60_000 })
      expectThat(next.status === 200, `status ${next.status}: ${errorOf(next).message}`)
      return `${citations.length} citations`
    },
  },
]
