// The turn that the offline model has to answer: what was said and sent, and what the tools gave for it since.
import { type Medium, mediumOf } from './media.ts'
import { type RepliedJob, repliedJobIn } from './offline-reply.ts'
import { type Block, blocksOf, type Message, type MessageRequest, textOf } from './request.ts'

export type Call = { name: string; input: Record<string, unknown>; failed: boolean; text: string }

export type Turn = {
  /** The person's own words: without the line of date and place before them, and without what is forwarded or replied to. */
  text: string
  /** From that line; UTC where there is none. */
  timeZone: string
  files: Medium[]
  /** The job whose message is replied to. */
  replied: RepliedJob | undefined
  calls: Call[]
}

const quotations = /<(forwarded|in_reply_to)\b[^>]*>[\s\S]*?<\/\1>|^\(no words, only what is attached\)$/gm

export function currentTurn({ messages }: MessageRequest): Turn {
  const start = messages.findLastIndex(({ role, content }) => role === 'user' && isSpoken(content))
  const content = messages[start]?.content
  const [whole = '', stamp = ''] = /^\s*\[([^\]\n]*)\]\s*/.exec(textOf(content)) ?? []
  return {
    text: textOf(content).slice(whole.length).replace(quotations, '').trim(),
    timeZone: stamp.split(', ').at(-1) || 'UTC',
    replied: repliedJobIn(textOf(content)),
    files: blocksOf(content).flatMap((block) => mediumOf(block) ?? []),
    calls: callsIn(messages.slice(start + 1)),
  }
}

function isSpoken(content: string | Block[]): boolean {
  const blocks = blocksOf(content)
  if (blocks.some(({ type }) => type === 'tool_result')) return false
  return textOf(content) !== '' || blocks.some(({ type }) => type === 'image' || type === 'document')
}

function callsIn(messages: Message[]): Call[] {
  const blocks = messages.flatMap((message) => blocksOf(message.content))
  const results = new Map(blocks.filter((block) => block.tool_use_id).map((block) => [block.tool_use_id, block]))
  return blocks.flatMap((block) => {
    const result = block.type === 'tool_use' ? results.get(block.id) : undefined
    return result ? [callOf(block, result)] : []
  })
}

function callOf(use: Block, result: Block): Call {
  return {
    name: use.name ?? '',
    input: (use.input ?? {}) as Record<string, unknown>,
    failed: result.is_error === true,
    text: textOf(result.content as string | Block[] | undefined),
  }
}

/** What a tool gave, or undefined where it gave no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined
  } catch {
    return undefined
  }
}

export function has(request: MessageRequest, name: string): boolean {
  return request.tools?.some((tool) => tool.name === name) ?? false
}
