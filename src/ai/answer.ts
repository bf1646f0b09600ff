import { Failure } from '../failure.ts'
import { linkTo, type Source } from '../jobs/kind.ts'
import type { Block, Message, ModelAnswer } from './claude.ts'

type TextBlock = Extract<Block, { type: 'text' }>

/** A longer address is no link that a message has room for. */
const LONGEST_URL = 1_000

/**
 * The answer in words, in Markdown; what was cited from the web has links, numbered as in `sources`.
 * @throws {Failure} on a refusal and on an empty answer. One that was cut at its length says so.
 */
export function readAnswer({ content, stopReason }: ModelAnswer): { text: string; sources: Source[] } {
  if (stopReason === 'refusal') throw new Failure('Claude declined to answer this')
  const sources = new Map<string, Source>()
  const text = joined(content, (block) => withLinks(block, sources))
    .replaceAll('\0', '') // which no text column keeps
    .trim()
  if (!text) throw new Failure('Claude gave an empty answer')
  const isCut = stopReason === 'max_tokens' || stopReason === 'model_context_window_exceeded'
  return {
    text: isCut ? `${text}…${isInFence(text) ? '\n```' : ''}\n\n(Cut here: the answer reached its length limit.)` : text,
    sources: [...sources.values()],
  }
}

/** The words of an answer; where something else stands between them, a paragraph begins. */
function joined(content: Block[], read: (block: TextBlock) => string): string {
  return content
    .map((block, index) => (block.type === 'text' ? read(block) : content[index + 1]?.type === 'text' ? '\n\n' : ''))
    .join('')
    .replace(/^\n+/, '')
}

function withLinks({ text, citations }: TextBlock, sources: Map<string, Source>): string {
  const urls = (citations ?? []).flatMap((citation) => {
    if (citation.type !== 'web_search_result_location' || citation.url.length > LONGEST_URL) return []
    const { url, title } = citation
    if (!sources.has(url)) sources.set(url, { url, title: title?.trim() || url })
    return [url]
  })
  const numbers = [...sources.keys()]
  const links = [...new Set(urls)].map((url) => ` ${linkTo(`\\[${numbers.indexOf(url) + 1}\\]`, url)}`).join('')
  // Behind a fence or a row of a table a link would become part of it.
  const lead = /(^|\n)\s*(```|~~~|\|)[^\n]*\s*$/.test(text) ? '\n\n' : ''
  return links ? text.replace(/\s*$/, (end) => lead + links + end) : text
}

function isInFence(text: string): boolean {
  return (text.match(/^\s*```/gm)?.length ?? 0) % 2 === 1
}

/** What the searches of an answer found, and why none came back where that is so. */
export function searchesOf(content: Block[]): { found: Source[]; failure: string | undefined } {
  const results = content.flatMap((block) => (block.type === 'web_search_tool_result' ? [block.content] : []))
  const found = results.flatMap((result) =>
    Array.isArray(result) ? result.map(({ title, url }) => ({ title: title ?? '', url })) : [],
  )
  const errors = results.flatMap((result) => (Array.isArray(result) ? [] : [result.error_code.replaceAll('_', ' ')]))
  return { found, failure: errors.length === results.length ? errors[0] : undefined }
}

/** The words of an answer as they stand in it. */
export function textOf(content: Block[]): string {
  return joined(content, ({ text }) => text)
}

/** An answer as the API takes it back: without blank texts, which it gives at times, and without white space at the end. */
export function takenBack(content: Block[]): Message['content'] {
  const blocks = content.filter((block) => block.type !== 'text' || block.text.trim() !== '').map(toParam)
  const last = blocks.at(-1)
  return last?.type === 'text' ? [...blocks.slice(0, -1), { ...last, text: last.text.trimEnd() }] : blocks
}

function toParam(block: Block): Message['content'][number] {
  if (block.type === 'text') return { type: 'text', text: block.text, citations: block.citations ?? null }
  if (block.type === 'tool_use') return { type: 'tool_use', id: block.id, name: block.name, input: block.input }
  return block
}
