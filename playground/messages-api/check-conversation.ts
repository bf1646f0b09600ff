// Messages: roles, non-empty content, and every call answered where the API wants it answered.
import { checkBlock, demandText } from './check-blocks.ts'
import { checkPairs } from './check-pairs.ts'
import { demand, demandKnown, isObject, type Json } from './demand.ts'
import { blocksOf, type Message, type Tool } from './request.ts'

/** Throws Invalid for a conversation that the API would refuse; the tools are checked before it. */
export function checkConversation({ messages, tools }: Json): void {
  demand(Array.isArray(messages), 'messages: Input should be a valid list')
  demand(messages.length > 0, 'messages: at least one message is required')
  for (const [index, message] of messages.entries()) checkMessage(message, index, messages.length - 1)
  const checked = messages as Message[]
  demand(checked[0]?.role === 'user', 'messages: first message must use the "user" role')
  const final = checked.at(-1)
  const finalText = final?.role === 'assistant' ? (blocksOf(final.content).at(-1)?.text ?? '') : ''
  demand(!/\s$/.test(finalText), 'messages: final assistant content cannot end with trailing whitespace')
  checkPairs(checked, new Set(((tools ?? []) as Tool[]).map(({ name }) => name)))
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
