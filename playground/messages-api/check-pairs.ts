// Calls and results: a tool's result stands in the very next user turn, a server tool's in the turn that called it.
import { demand } from './demand.ts'
import { type Block, blocksOf, type Message } from './request.ts'

type Turn = { role: Message['role']; blocks: { block: Block; path: string }[]; last: number }

/** Throws Invalid for a call without its result or a result without its call. `tools` are the names that the request has. */
export function checkPairs(messages: Message[], tools: Set<string>): void {
  const turns = turnsOf(messages)
  checkToolPairs(turns)
  checkServerPairs(turns, tools)
}

// The API merges consecutive messages of one role before it pairs tools.
function turnsOf(messages: Message[]): Turn[] {
  const turns: Turn[] = []
  for (const [index, { role, content }] of messages.entries()) {
    if (turns.at(-1)?.role !== role) turns.push({ role, blocks: [], last: index })
    const turn = turns.at(-1)
    if (!turn) continue
    turn.last = index
    turn.blocks.push(...blocksOf(content).map((block, position) => ({ block, path: `messages.${index}.content.${position}` })))
  }
  return turns
}

function idsOf(turn: Turn | undefined, type: string): string[] {
  return turn?.blocks.flatMap(({ block }) => (block.type === type ? [String(block.id)] : [])) ?? []
}

function checkToolPairs(turns: Turn[]): void {
  const seen = new Set<string>()
  for (const [index, turn] of turns.entries()) {
    const uses = idsOf(turn, 'tool_use')
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
    checkResults(turn, new Set(idsOf(turns[index - 1], 'tool_use')))
  }
}

// Only results at the front of the turn count: text before them leaves the call unanswered.
function leadingResults(turn: Turn | undefined): string[] {
  const blocks = turn?.blocks ?? []
  const firstOther = blocks.findIndex(({ block }) => block.type !== 'tool_result')
  return blocks.slice(0, firstOther === -1 ? blocks.length : firstOther).map(({ block }) => String(block.tool_use_id))
}

function checkResults(turn: Turn, asked: Set<string>): void {
  const answered = new Set<string>()
  for (const { block, path } of turn.blocks) {
    if (block.type !== 'tool_result') continue
    const id = String(block.tool_use_id)
    demand(
      asked.has(id),
      `${path}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. ` +
        'Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
    )
    demand(
      !answered.has(id),
      `${path}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${id}`,
    )
    answered.add(id)
  }
}

/**
 * A server call may wait for its result in two places only, and only while its tool is still there: at the end, where a paused
 * turn is sent back as it is, and before a last user turn of nothing but results of the client's own tools.
 */
function checkServerPairs(turns: Turn[], tools: Set<string>): void {
  let carried = new Map<string, string>()
  for (const [index, turn] of turns.entries()) {
    if (turn.role === 'user') continue
    const waiting = carried
    carried = new Map()
    for (const { block, path } of turn.blocks) matchServerBlock(block, path, waiting)
    const [id, name] = [...waiting][0] ?? []
    if (id === undefined) continue

    const next = turns[index + 1]
    const isOpen = idsOf(turn, 'tool_use').length > 0 && next?.blocks.every(({ block }) => block.type === 'tool_result')
    const isLast = next === undefined || (isOpen && index + 2 === turns.length)
    const words = `messages.${turn.last}: \`${name}\` tool use with id \`${id}\` was found without a corresponding \`${name}_tool_result\` block`
    demand(isLast || isOpen === true, words)
    demand(!isLast || tools.has(name ?? ''), `${words}, but no \`${name}\` tool was provided`)
    carried = waiting
  }
}

function matchServerBlock({ type, ...block }: Block, path: string, waiting: Map<string, string>): void {
  if (type === 'server_tool_use') waiting.set(String(block.id), String(block.name))
  if (type === 'tool_result' || !type.endsWith('_tool_result')) return
  const id = String(block.tool_use_id)
  demand(
    waiting.delete(id),
    `${path}: unexpected \`tool_use_id\` found in \`${type}\` blocks: ${id}. ` +
      `Each \`${type}\` block must have a corresponding \`server_tool_use\` block before it.`,
  )
}
