// Messages: roles, non-empty content, and every tool_use answered in the very next user turn.
import { demand, demandKnown, isObject, type Json } from './demand.ts'
import { type Block, blocksOf, type Message } from './request.ts'

// The blocks that this project writes itself are checked to the last field; of others only that they are typed.
const blockFields: Record<string, Set<string>> = {
  text: new Set(['type', 'text', 'cache_control', 'citations']),
  tool_use: new Set(['type', 'id', 'name', 'input', 'cache_control', 'caller', 'toolset_name']),
  tool_result: new Set(['type', 'tool_use_id', 'content', 'is_error', 'cache_control', 'toolset_name']),
}

type Turn = { role: Message['role']; blocks: Block[]; last: number }

/** Throws Invalid for a conversation that the API would refuse. */
export function checkConversation({ messages }: Json): void {
  demand(Array.isArray(messages), 'messages: Input should be a valid list')
  demand(messages.length > 0, 'messages: at least one message is required')
  for (const [index, message] of messages.entries()) checkMessage(message, index, messages.length - 1)
  const checked = messages as Message[]
  demand(checked[0]?.role === 'user', 'messages: first message must use the "user" role')
  const final = checked.at(-1)
  const finalText = final?.role === 'assistant' ? (blocksOf(final.content).at(-1)?.text ?? '') : ''
  demand(!/\s$/.test(finalText), 'messages: final assistant content cannot end with trailing whitespace')
  checkToolPairs(turnsOf(checked))
}

function checkMessage(message: unknown, index: number, last: number): void {
  const path = `messages.${index}`
  demand(isObject(message), `${path}: Input should be a valid dictionary`)
  const { role, content } = message
  demand(role === 'user' || role === 'assistant', `messages: Unexpected role "${role}". Allowed: "user", "assistant".`)
  demandKnown(message, new Set(['role', 'content']), `${path}.`)
  demand(typeof content === 'string' || Array.isArray(content), `${path}.content: Input should be a valid list`)
  const emptyAllowed = index === last && role === 'assistant'
  demand(
    content.length > 0 || emptyAllowed,
    `${path}: all messages must have non-empty content except for the optional final assistant message`,
  )
  if (typeof content === 'string') demandText(content, emptyAllowed)
  else for (const [position, block] of content.entries()) checkBlock(block, role, `${path}.content.${position}`)
}

function checkBlock(block: unknown, role: string, path: string): void {
  demand(isObject(block) && typeof block.type === 'string', `${path}.type: Field required`)
  const fields = blockFields[block.type]
  if (fields) demandKnown(block, fields, `${path}.${block.type}.`)
  if (block.type === 'text') {
    demand(typeof block.text === 'string', `${path}.text.text: Input should be a valid string`)
    demandText(block.text, false)
  }
  if (block.type === 'tool_use') {
    demand(role === 'assistant', `${path}: \`tool_use\` blocks can only be in \`assistant\` messages`)
    for (const field of ['id', 'name']) {
      demand(typeof block[field] === 'string', `${path}.tool_use.${field}: Input should be a valid string`)
    }
    demand(isObject(block.input), `${path}.tool_use.input: Input should be a valid dictionary`)
  }
  if (block.type === 'tool_result') checkToolResult(block, role, path)
}

function checkToolResult(block: Json, role: string, path: string): void {
  const { content, tool_use_id: id } = block
  demand(role === 'user', `${path}: \`tool_result\` blocks can only be in \`user\` messages`)
  demand(typeof id === 'string', `${path}.tool_result.tool_use_id: Field required`)
  if (content === undefined || typeof content === 'string') return
  demand(Array.isArray(content), `${path}.tool_result.content: Input should be a valid list`)
  for (const part of content) {
    demand(isObject(part) && typeof part.type === 'string', `${path}.tool_result.content: Input should be typed blocks`)
    demand(part.type !== 'text' || part.text !== '', 'messages: text content blocks must be non-empty')
  }
}

function demandText(text: string, emptyAllowed: boolean): void {
  demand(text !== '' || emptyAllowed, 'messages: text content blocks must be non-empty')
  demand(text.trim() !== '' || emptyAllowed, 'messages: text content blocks must contain non-whitespace text')
}

// The API merges consecutive messages of one role before it pairs tools.
function turnsOf(messages: Message[]): Turn[] {
  const turns: Turn[] = []
  for (const [index, { role, content }] of messages.entries()) {
    const current = turns.at(-1)
    if (current?.role !== role) turns.push({ role, blocks: [...blocksOf(content)], last: index })
    else {
      current.blocks.push(...blocksOf(content))
      current.last = index
    }
  }
  return turns
}

function checkToolPairs(turns: Turn[]): void {
  const seen = new Set<string>()
  for (const [index, turn] of turns.entries()) {
    const uses = turn.blocks.flatMap((block) => (block.type === 'tool_use' ? [String(block.id)] : []))
    for (const id of uses) {
      demand(!seen.has(id), 'messages: `tool_use` ids must be unique')
      seen.add(id)
    }
    const results = leadingResults(turns[index + 1])
    const unanswered = uses.filter((id) => !results.includes(id))
    demand(
      unanswered.length === 0,
      `messages.${turn.last}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ` +
        `${unanswered.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    )
    checkResults(turn, turns[index - 1])
  }
}

// Only results at the front of the turn count: text before them leaves the call unanswered.
function leadingResults(turn: Turn | undefined): string[] {
  const blocks = turn?.blocks ?? []
  const firstOther = blocks.findIndex((block) => block.type !== 'tool_result')
  return blocks.slice(0, firstOther === -1 ? blocks.length : firstOther).map((block) => String(block.tool_use_id))
}

function checkResults(turn: Turn, previous: Turn | undefined): void {
  const asked = new Set(previous?.blocks.flatMap((block) => (block.type === 'tool_use' ? [String(block.id)] : [])))
  const answered = new Set<string>()
  for (const [position, block] of turn.blocks.entries()) {
    if (block.type !== 'tool_result') continue
    const id = String(block.tool_use_id)
    demand(
      asked.has(id),
      `messages.${turn.last}.content.${position}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. ` +
        'Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
    )
    demand(
      !answered.has(id),
      `messages.${turn.last}.content.${position}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${id}`,
    )
    answered.add(id)
  }
}
