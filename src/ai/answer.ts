import { Failure } from '../failure.ts'
import type { Source } from '../jobs/kind.ts'
import type { Block, Message, ModelAnswer } from './claude.ts'

/**
 * The answer in words, in Markdown; what was cited from the web has links, numbered as in `sources`.
 * @throws {Failure} on a refusal and on an empty answer. One that was cut at its length says so.
 */
export function readAnswer({ content, stopReason }: ModelAnswer): { text: string; sources: Source[] } {
  if (stopReason === 'refusal') throw new Failure('Claude declined to answer this')
  const sources = new Map<string, Source>()
  const text = content
    .flatMap((block) => (block.type === 'text' ? [block.text + linksOf(block, sources)] : []))
    .join('')
    .replaceAll('\0', '') // which no text column keeps
    .trim()
  if (!text) throw new Failure('Claude gave an empty answer')
  const isCut = stopReason === 'max_tokens' || stopReason === 'model_context_window_exceeded'
  return {
    text: isCut ? `${text}…\n\n(Cut here: the answer reached its length limit.)` : text,
    sources: [...sources.values()],
  }
}

function linksOf({ citations }: Extract<Block, { type: 'text' }>, sources: Map<string, Source>): string {
  const urls = (citations ?? []).flatMap((citation) => {
    if (citation.type !== 'web_search_result_location') return []
    const { url, title } = citation
    if (!sources.has(url)) sources.set(url, { url, title: title?.trim() || url })
    return [url]
  })
  const numbers = [...sources.keys()]
  return [...new Set(urls)]
    .map((url) => ` [\\[${numbers.indexOf(url) + 1}\\]](<${url.replace(/[<>\s]/g, encodeURIComponent)}>)`)
    .join('')
}

/** What a search of the answer found, or why it found nothing: the error codes of the API. */
export function searchesOf(content: Block[]): { found: Source[]; errors: string[] } {
  const results = content.flatMap((block) => (block.type === 'web_search_tool_result' ? [block.content] : []))
  return {
    found: results.flatMap((result) => (Array.isArray(result) ? result.map(({ title, url }) => ({ title, url })) : [])),
    errors: results.flatMap((result) => (Array.isArray(result) ? [] : [result.error_code])),
  }
}

/** The words of an answer as they stand in it. */
export function textOf(content: Block[]): string {
  return content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('')
}

/** An answer's block as the API takes it back. */
export function toParam(block: Block): Message['content'][number] {
  if (block.type === 'text') return { type: 'text', text: block.text, citations: block.citations ?? null }
  if (block.type === 'tool_use') return { type: 'tool_use', id: block.id, name: block.name, input: block.input }
  return block
}
