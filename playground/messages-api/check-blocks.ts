// One content block: its fields, and whether it may stand in a message of this role.
import { checkDocument, checkImage } from './check-media.ts'
import { demand, demandKnown, isObject, type Json } from './demand.ts'

// The blocks that this project writes or sends back are checked to the last field; of others only that they are typed.
const blockFields: Record<string, Set<string>> = {
  text: new Set(['type', 'text', 'cache_control', 'citations']),
  tool_use: new Set(['type', 'id', 'name', 'input', 'cache_control', 'caller', 'toolset_name']),
  tool_result: new Set(['type', 'tool_use_id', 'content', 'is_error', 'cache_control', 'toolset_name']),
  server_tool_use: new Set(['type', 'id', 'name', 'input', 'cache_control', 'caller']),
  web_search_tool_result: new Set(['type', 'tool_use_id', 'content', 'cache_control', 'caller']),
}

const serverTools = [
  ...['web_search', 'web_fetch', 'code_execution', 'bash_code_execution', 'text_editor_code_execution'],
  ...['tool_search_tool_regex', 'tool_search_tool_bm25'],
]
const serverIdPattern = '^srvtoolu_[a-zA-Z0-9_]+$'
const searchErrors = [
  ...['invalid_tool_input', 'unavailable', 'max_uses_exceeded', 'too_many_requests', 'query_too_long', 'request_too_large'],
]

/** Throws Invalid for a block that the API would refuse at this place. */
export function checkBlock(block: unknown, role: string, path: string): void {
  demand(isObject(block) && typeof block.type === 'string', `${path}.type: Field required`)
  const { type } = block
  const fields = blockFields[type]
  if (fields) demandKnown(block, fields, `${path}.${type}.`)
  if (type === 'image' || type === 'document') {
    const place = path.replace(/\.\d+$/, '')
    demand(role === 'user', `${place}: '${type}' blocks are not permitted within assistant turns`)
    checkFile(block, path)
  }
  if (type === 'text') checkText(block, path)
  if (type === 'tool_use') checkUse(block, role, path)
  if (type === 'tool_result') checkToolResult(block, role, path)
  if (type === 'server_tool_use') {
    checkUse(block, role, path)
    demand(
      new RegExp(serverIdPattern).test(String(block.id)),
      `${path}.${type}.id: String should match pattern '${serverIdPattern}'`,
    )
    demand(serverTools.includes(String(block.name)), `${path}.${type}.name: Input should be a known server tool`)
  }
  if (type === 'web_search_tool_result') checkSearchResult(block, role, `${path}.${type}`)
}

function checkUse(block: Json, role: string, path: string): void {
  demand(role === 'assistant', `${path}: \`${block.type}\` blocks can only be in \`assistant\` messages`)
  for (const field of ['id', 'name']) {
    demand(typeof block[field] === 'string', `${path}.${block.type}.${field}: Input should be a valid string`)
  }
  demand(isObject(block.input), `${path}.${block.type}.input: Input should be a valid dictionary`)
}

function checkText({ text, citations }: Json, path: string): void {
  demand(typeof text === 'string', `${path}.text.text: Input should be a valid string`)
  demandText(text)
  if (citations == null) return
  demand(Array.isArray(citations), `${path}.text.citations: Input should be a valid list`)
  for (const [index, citation] of citations.entries()) {
    const at = `${path}.text.citations.${index}`
    demand(isObject(citation) && typeof citation.type === 'string', `${at}.type: Field required`)
    if (citation.type !== 'web_search_result_location') continue
    demandKnown(
      citation,
      new Set(['type', 'cited_text', 'encrypted_index', 'title', 'url']),
      `${at}.web_search_result_location.`,
    )
    for (const field of ['cited_text', 'encrypted_index', 'url']) {
      demand(typeof citation[field] === 'string', `${at}.web_search_result_location.${field}: Field required`)
    }
  }
}

/** The text of a message or of a block must say something. */
export function demandText(text: string, emptyAllowed = false): void {
  demand(text !== '' || emptyAllowed, 'messages: text content blocks must be non-empty')
  demand(text.trim() !== '' || emptyAllowed, 'messages: text content blocks must contain non-whitespace text')
}

function checkToolResult(block: Json, role: string, path: string): void {
  const { content, tool_use_id: id } = block
  demand(role === 'user', `${path}: \`tool_result\` blocks can only be in \`user\` messages`)
  demand(typeof id === 'string', `${path}.tool_result.tool_use_id: Field required`)
  if (content === undefined || typeof content === 'string') return
  demand(Array.isArray(content), `${path}.tool_result.content: Input should be a valid list`)
  for (const [index, part] of content.entries()) {
    demand(isObject(part) && typeof part.type === 'string', `${path}.tool_result.content: Input should be typed blocks`)
    demand(part.type !== 'text' || part.text !== '', 'messages: text content blocks must be non-empty')
    checkFile(part, `${path}.tool_result.content.${index}`)
  }
}

function checkFile(block: Json, path: string): void {
  if (block.type === 'image') checkImage(block, path)
  if (block.type === 'document') checkDocument(block, path)
}

function checkSearchResult({ tool_use_id: id, content }: Json, role: string, path: string): void {
  demand(role === 'assistant', `${path}: \`web_search_tool_result\` blocks can only be in \`assistant\` messages`)
  demand(typeof id === 'string', `${path}.tool_use_id: Field required`)
  if (isObject(content)) {
    demandKnown(content, new Set(['type', 'error_code']), `${path}.content.`)
    demand(
      content.type === 'web_search_tool_result_error',
      `${path}.content.type: Input should be 'web_search_tool_result_error'`,
    )
    const known = searchErrors.includes(String(content.error_code))
    demand(known, `${path}.content.error_code: Input should be ${searchErrors.map((code) => `'${code}'`).join(', ')}`)
    return
  }
  demand(Array.isArray(content), `${path}.content: Input should be a valid list`)
  for (const [index, page] of content.entries()) {
    const at = `${path}.content.${index}`
    demand(isObject(page) && page.type === 'web_search_result', `${at}.type: Input should be 'web_search_result'`)
    demandKnown(page, new Set(['type', 'url', 'title', 'encrypted_content', 'page_age']), `${at}.`)
    for (const field of ['url', 'title', 'encrypted_content']) {
      demand(typeof page[field] === 'string', `${at}.${field}: Field required`)
    }
  }
}
