import { Marked, type Renderer, type Token } from 'marked'
import { type Formatted, readHtml } from './formatted.ts'
import { createInline, encode } from './inline.ts'
import { lex } from './lex.ts'
import { plainOf } from './parts.ts'
import { tabulate } from './table.ts'

/**
 * Renders Markdown as text with entities, as Telegram has them. Line breaks stay; raw HTML is shown as it was written;
 * links that lead to no http, https, tg or mailto address are plain text. Never throws.
 */
export function toFormatted(markdown: string): Formatted {
  return readHtml(tidy(chat.parser(lex(markdown))))
}

const tidy = (html: string) => html.replace(/\n{3,}/g, '\n\n').trim()
// Code and quotes take no part in the indentation of lists: their lines end in \r, which no source has, until they are read.
const upright = (html: string) => html.replaceAll('\n', '\r')
const indented = (html: string) => html.replace(/\n(?=[^\n<]|<(?!pre|blockquote))/g, '\n   ')
const pre = (code: string, language = '') => {
  return `<pre language="${language}">${upright(encode(code.replace(/^\n+/, '').trimEnd()))}</pre>\n`
}
const around = (open: string, close: string) => {
  return function (this: Renderer, { tokens }: { tokens: Token[] }) {
    return `${open}${this.parser.parseInline(tokens)}${close}`
  }
}

const chat = new Marked({
  renderer: {
    ...createInline('\n'),
    strong: around('<b>', '</b>'),
    em: around('<i>', '</i>'),
    del: around('<s>', '</s>'),
    codespan: ({ text }) => `<code>${encode(text)}</code>`,
    heading: around('<b>', '</b>\n'),
    paragraph: around('', '\n'),
    space: () => '\n',
    hr: () => '———\n',
    code: ({ text, lang }) => pre(text, lang?.match(/^[\w+#.-]+/)?.[0]),
    blockquote({ tokens }) {
      return `<blockquote>${upright(tidy(this.parser.parse(tokens)))}</blockquote>\n`
    },
    list({ items, ordered, start }) {
      const lines = items.map((item, index) => {
        const marker = ordered ? `${Number(start) + index}.` : item.task ? '' : '•'
        const body = this.parser.parse(item.tokens).trim()
        const space = /^<(pre|blockquote)/.test(body) ? '\n' : ' '
        return `${marker}${marker && space}${indented(body)}${item.loose ? '\n\n' : '\n'}`
      })
      return lines.join('')
    },
    table({ header, rows, align }) {
      const cells = rows.map((row) => row.map(({ tokens }) => this.parser.parseInline(tokens).replaceAll('\n', ' ')))
      const names = header.map(({ tokens }) => this.parser.parseInline(tokens))
      const isRight = align.map((side) => side === 'right')
      const aligned = tabulate(
        Array.from([names, ...cells], (row) => row.map(plainOf)),
        isRight,
      )
      if (aligned !== undefined) return pre(aligned)
      if (rows.length === 0) return `${names.join(' · ')}\n`
      const records = cells.map(([first = '', ...others]) => {
        const rest = others.flatMap((cell, index) => (cell ? [names[index + 1], cell].filter(Boolean).join(': ') : []))
        return `• ${[first && `<b>${first}</b>`, rest.join(' · ')].filter(Boolean).join(' — ')}\n`
      })
      return records.join('')
    },
  },
})
