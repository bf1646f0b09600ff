import { readFileSync } from 'node:fs'
import { Marked } from 'marked'
import { createInline, encode } from './inline.ts'
import { lex } from './lex.ts'

const frame = readFileSync(new URL('./document.html', import.meta.url), 'utf8')
const page = new Marked({ renderer: createInline('<br>') })

/**
 * Makes one HTML page of a whole result, to be opened from a chat: it stands for itself, and neither scripts nor
 * anything from elsewhere gets into it. Never throws.
 */
export function toDocument(title: string, markdown: string): string {
  const holes: Record<string, string> = { title: encode(title), body: page.parser(lex(markdown)) }
  return frame.replace(/\{\{(\w+)\}\}/g, (_, name: string) => holes[name] ?? '')
}
