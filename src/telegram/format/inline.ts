import type { RendererObject } from 'marked'

const names = `amp & lt < gt > quot " apos ' nbsp \u00a0 copy © reg ® trade ™ hellip … mdash — ndash – lsquo ‘ rsquo ’ ldquo “
  rdquo ” laquo « raquo » bull • middot · times × divide ÷ plusmn ± minus − deg ° euro € pound £ yen ¥ sect § frac12 ½
  larr ← uarr ↑ rarr → darr ↓ harr ↔ le ≤ ge ≥ ne ≠ asymp ≈ infin ∞ check ✓`
const characters = new Map(
  Array.from(names.matchAll(/(\w+) (\S|\u00a0)/g), ([, name = '', character = '']) => [name, character]),
)
const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Undoes the usual named references; marked has done the numeric ones. */
export const decode = (text: string) => text.replace(/&(\w+);/g, (reference, name) => characters.get(name) ?? reference)

/** Makes a text safe between the tags and in the attributes of HTML. */
export const encode = (text: string) => text.replace(/[&<>"]/g, (sign) => signs[sign] ?? sign)

/**
 * Renders what Markdown has within a line for both of our kinds of HTML. Raw HTML and the text inside it, which marked
 * passes on as they are, end as text. References are undone before a link is checked: a browser must not undo more.
 */
export function createInline(lineBreak: string) {
  const shown = (text: string) => encode(text).replace(/&lt;br\s*\/?&gt;\n?|\n/gi, lineBreak)
  return {
    text(token) {
      if ('tokens' in token && token.tokens) return `${this.parser.parseInline(token.tokens)}\n`
      return token.type === 'text' ? encode(decode(token.text)) : encode(token.text).replaceAll('\n', lineBreak)
    },
    html: ({ text }) => shown(text),
    br: () => lineBreak,
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
    link({ href, text, tokens, autolink }) {
      return autolink ? anchor(encode(href), encode(text)) : anchor(href, this.parser.parseInline(tokens))
    },
    image({ href, text, tokens }) {
      return anchor(href, text ? this.parser.parseInline(tokens) : encode(href))
    },
    // It is used up by the links that refer to it, unless it only looks like a definition.
    def: ({ raw, href }) => (addressOf(href) ? '' : `${shown(raw)}\n`),
  } satisfies RendererObject
}

function anchor(href: string, content: string): string {
  const address = addressOf(href)
  // An image in a link is its text there: links do not nest.
  return address ? `<a href="${encode(address)}">${content.replace(/<\/?a\b[^>]*>/g, '')}</a>` : content
}

function addressOf(href: string): string | undefined {
  const address = decode(href)
  return /^(?:https?|tg|mailto):/i.test(address) ? URL.parse(address)?.href : undefined
}
