import { readFileSync } from 'node:fs'
import { Marked } from 'marked'
import { createInline, encode } from './inline.ts'
import { lex } from './lex.ts'

const frame = readFileSync(new URL('./document.html', import.meta.url), 'utf8')
const page = new Marked({ renderer: createInline('<br>') })

/** Markdown as HTML for a browser: raw HTML ends as text, and links lead to the web, to mail or to Telegram. Never throws. */
export function toHtml(markdown: string): string {
  return page.parser(lex(markdown))
}

/**
 * Makes one HTML page of a whole result, to be opened from a chat: it stands for itself, and neither scripts nor
 * anything from elsewhere gets into it. Never throws.
 */
export function toDocument(title: string, markdown: string): string {
  const holes: Record<string, string> = { title: encode(title), body: toHtml(markdown) }
  return frame.replace(/\{\{(\w+)\}\}/g, (_, name: string) => holes[name] ?? '')
}
