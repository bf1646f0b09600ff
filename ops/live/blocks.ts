import type { Event, Json } from '../doctor/messages.ts'

export type Block = { type: string } & Json

/** The content of a streamed answer, put together from its events. */
export function blocksOf(events: readonly Event[]): Block[] {
  const blocks: Block[] = []
  const inputs: string[] = []
  for (const event of events) {
    const index = Number(event.index)
    if (event.type === 'content_block_start') blocks[index] = { ...(event.content_block as Block) }
    const block = blocks[index]
    if (event.type !== 'content_block_delta' || !block) continue
    const delta = event.delta as Block
    if (delta.type === 'text_delta') block.text = `${block.text ?? ''}${delta.text}`
    if (delta.type === 'citations_delta') block.citations = [...((block.citations as Json[] | null) ?? []), delta.citation]
    if (delta.type === 'thinking_delta') block.thinking = `${block.thinking ?? ''}${delta.thinking}`
    if (delta.type === 'signature_delta') block.signature = delta.signature
    if (delta.type === 'input_json_delta') inputs[index] = `${inputs[index] ?? ''}${delta.partial_json}`
  }
  for (const [index, json] of inputs.entries()) if (json && blocks[index]) blocks[index].input = JSON.parse(json)
  return blocks
}

/** `stop_reason` and `usage` as the end of the stream tells them. */
export function endOf(events: readonly Event[]): { stopReason: unknown; usage: Json } {
  const end = events.findLast(({ type }) => type === 'message_delta')
  return { stopReason: (end?.delta as Json | undefined)?.stop_reason, usage: (end?.usage ?? {}) as Json }
}
