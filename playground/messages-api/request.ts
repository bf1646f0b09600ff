// The part of a Messages request that the stand-in looks at, and how to read it. Fields as on the wire.

export type Block = {
  type: string
  text?: string
  id?: string
  name?: string
  input?: unknown
  tool_use_id?: string
  content?: unknown
  is_error?: boolean
  cache_control?: CacheControl | null
  [field: string]: unknown
}

export type CacheControl = { type: 'ephemeral'; ttl?: '5m' | '1h' }

export type Message = { role: 'user' | 'assistant'; content: string | Block[] }

export type Tool = {
  name: string
  type?: string | null
  description?: string
  input_schema?: Record<string, unknown>
  cache_control?: CacheControl | null
  [field: string]: unknown
}

/** A request body that has passed `checkRequest`. */
export type MessageRequest = {
  model: string
  max_tokens: number
  messages: Message[]
  system?: string | Block[]
  tools?: Tool[]
  stream?: boolean
  cache_control?: CacheControl | null
  [field: string]: unknown
}

/** Content as blocks: a string is shorthand for one text block. */
export function blocksOf(content: string | Block[] | undefined): Block[] {
  if (content === undefined) return []
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content
}

/** The text of a content, its blocks joined by line ends; blocks of other types are skipped. */
export function textOf(content: string | Block[] | undefined): string {
  return blocksOf(content)
    .flatMap((block) => (block.type === 'text' && block.text !== undefined ? [block.text] : []))
    .join('\n')
}

/** What the person wrote last: the newest user message that is not only tool results; '' if there is none. */
export function latestUserText(request: MessageRequest): string {
  const spoken = request.messages.filter((message) => message.role === 'user' && textOf(message.content) !== '')
  return textOf(spoken.at(-1)?.content)
}
