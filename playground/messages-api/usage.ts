// Counts tokens from the text, about four characters each, and images and PDFs by their size; keeps a prompt cache by the API's rules:
// prefixes in the order tools, system, messages; written at breakpoints; read up to 20 blocks before one.
// Naive: nothing in it expires, and tool_choice and thinking do not invalidate it.
import { createHash } from 'node:crypto'
import { mediaTokens } from './media.ts'
import { type Block, blocksOf, type MessageRequest, type Tool } from './request.ts'

const lookbackBlocks = 20

export type Usage = {
  input_tokens: number
  cache_creation_input_tokens: number
  cache_read_input_tokens: number
  output_tokens: number
}

type Segment = { text: string; tokens: number; mark: boolean; cacheable: boolean }

/** About four characters a token; never less than one for some text. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4)
}

/** Counts requests one after the other, remembering their cached prefixes per model. */
export function createUsageMeter({ minimumCacheTokens = 1024 } = {}) {
  const remembered = new Set<string>()

  function measure(request: MessageRequest): Usage {
    const prefixes = prefixesOf(request)
    const total = prefixes.at(-1)?.tokens ?? 0
    const marked = prefixes.flatMap((prefix, index) => (prefix.mark ? [index] : []))
    const lookedAt = marked.toReversed().flatMap((end) => prefixes.slice(Math.max(0, end + 1 - lookbackBlocks), end + 1))
    const hits = lookedAt.filter((prefix) => remembered.has(prefix.hash)).map((prefix) => prefix.tokens)
    const read = Math.max(0, ...hits)
    const writable = prefixes.filter((prefix) => prefix.mark && prefix.tokens >= minimumCacheTokens)
    const cached = Math.max(read, ...writable.map((prefix) => prefix.tokens))
    for (const prefix of writable) remembered.add(prefix.hash)
    return {
      input_tokens: total - cached,
      cache_creation_input_tokens: cached - read,
      cache_read_input_tokens: read,
      output_tokens: 0,
    }
  }

  return { measure }
}

function prefixesOf(request: MessageRequest) {
  const segments = segmentsOf(request)
  if (request.cache_control) {
    const last = segments.findLast((segment) => segment.cacheable)
    if (last) last.mark = true
  }
  const hash = createHash('sha256').update(request.model)
  let total = 0
  return segments.map(({ text, tokens, mark }) => {
    hash.update('\0').update(text)
    total += tokens
    return { mark, tokens: total, hash: hash.copy().digest('base64') }
  })
}

function segmentsOf({ tools = [], system, messages }: MessageRequest): Segment[] {
  return [
    ...tools.map((tool) => segment('tool', tool)),
    ...blocksOf(system).map((block) => segment('system', block)),
    ...messages.flatMap(({ role, content }) => blocksOf(content).map((block) => segment(role, block))),
  ]
}

function segment(place: string, carrier: Tool | Block): Segment {
  const { cache_control: mark, ...rest } = carrier
  const text = rest.type === 'text' && place !== 'tool' ? `${place}:${rest.text}` : `${place}:${JSON.stringify(rest)}`
  return {
    text,
    tokens: place === 'tool' ? tokensOf(text) : tokensIn(rest as Block, text),
    mark: mark != null,
    cacheable: !['thinking', 'redacted_thinking'].includes(String(rest.type)),
  }
}

// A tool's result may carry images as well: they are counted beside its words.
function tokensIn(block: Block, text: string): number {
  if (block.type !== 'tool_result' || !Array.isArray(block.content)) return mediaTokens(block) ?? tokensOf(text)
  const parts = block.content as Block[]
  const words = { ...block, content: parts.filter((part) => mediaTokens(part) === undefined) }
  return tokensOf(JSON.stringify(words)) + parts.reduce((sum, part) => sum + (mediaTokens(part) ?? 0), 0)
}
