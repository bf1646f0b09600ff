import type { Entity, Formatted } from './formatted.ts'
import { decode, encode } from './inline.ts'

/** What goes into one message: Telegram's HTML, and its visible length in UTF-16 units. */
export interface Part {
  html: string
  length: number
}

/** The longest text that Telegram takes, in UTF-16 units once its entities are parsed. */
export const MESSAGE_LIMIT = 4_096
/** Telegram leaves further entities out without a word. */
const MOST_ENTITIES = 100
/** In UTF-16 units: a bold line that is longer is no heading. */
const LONGEST_HEADING = 200

/** Where a text may be parted, best first; a part keeps at least a third of its room, headings apart. */
const seams = [/\n\s*\n/g, /\n/g, /(?<=[.!?…])\s+|(?<=[。！？])/g, /\s+/g]
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * Parts a text for messages of at most `limit` UTF-16 units, the first of at most `first`: between blocks, else at a
 * line, a sentence, a word, and only within a word where it is longer than a message. Nothing but white space at the
 * seams is lost. What is open at a seam is closed and opened again, and a heading goes with what follows.
 */
export function toParts({ text, entities }: Formatted, limits: { first?: number; limit?: number } = {}): Part[] {
  const { limit = MESSAGE_LIMIT, first = limit } = limits
  const end = text.trimEnd().length
  const parts: Part[] = []
  let at = startOf(text, entities, 0)
  while (at < end) {
    const room = at + Math.max(2, Math.min(limit, parts.length > 0 ? limit : first))
    const near = entities.filter((entity) => endOf(entity) > at && entity.offset < room)
    const most = Math.min(room, end, near[MOST_ENTITIES]?.offset ?? end)
    const seam = most === end ? end : beforeHeadings(text, near, at, seamBefore(text, near, at, most))
    const length = text.slice(at, seam).trimEnd().length
    if (length > 0) parts.push({ html: toHtml(text, near, at, at + length), length })
    at = startOf(text, entities, seam)
  }
  return parts
}

/** The visible text of such HTML. */
export const plainOf = (html: string) => decode(html.replace(/<[^>]*>/g, ''))

/** The same with the addresses behind their links, as long as that fits into a message. */
export function plainWithAddresses(html: string): string {
  const whole = plainOf(
    html.replace(/<a href="([^"]*)">(.*?)<\/a>/gs, (link, href, words) => (href === words ? link : `${words} (${href})`)),
  )
  return whole.length <= MESSAGE_LIMIT ? whole : plainOf(html)
}

const endOf = (entity: Entity) => entity.offset + entity.length

/** Leaves out white space, though not the indentation of code. */
function startOf(text: string, entities: Entity[], from: number): number {
  const start = text.length - text.slice(from).trimStart().length
  const pre = entities.find((entity) => entity.tag === 'pre' && entity.offset <= start && start < endOf(entity))
  return pre ? Math.max(from, pre.offset, text.lastIndexOf('\n', start - 1) + 1) : start
}

function seamBefore(text: string, entities: Entity[], at: number, most: number): number {
  const window = text.slice(at, most + 1)
  const isInCode = (index: number) => entities.some((e) => e.tag === 'pre' && e.offset < at + index && at + index < endOf(e))
  const found = seams.map((seam) => {
    const indexes = Array.from(window.matchAll(seam), (match) => match.index)
    return indexes.filter((index) => index > (most - at) / 3 && index <= most - at)
  })
  const betweenBlocks = found[0]?.findLast((index) => !isInCode(index))
  const index = betweenBlocks ?? found.find((indexes) => indexes.length > 0)?.at(-1)
  return at + (index ?? withinWord(text.slice(at, most + 64), most - at))
}

function withinWord(text: string, most: number): number {
  const whole = graphemes.segment(text).containing(most)?.index ?? most
  if (whole > most / 3) return whole
  return text.slice(0, most).isWellFormed() ? most : most - 1
}

function beforeHeadings(text: string, entities: Entity[], at: number, seam: number): number {
  let end = seam
  for (let lines = 0; lines < 3; lines++) {
    const part = text.slice(at, end).trimEnd()
    const line = part.lastIndexOf('\n') + 1
    if (!isHeading(entities, at + line, at + part.length)) return end
    if (line === 0) break
    end = at + line
  }
  return seam
}

/** A heading is a line of nothing but bold, and of code, which Telegram does not let be bold. */
function isHeading(entities: Entity[], from: number, to: number): boolean {
  const inside = entities.filter((entity) => entity.offset >= from && endOf(entity) <= to && /^(b|code)$/.test(entity.tag))
  const covered = inside.reduce((sum, { length }) => sum + length, 0)
  return to - from <= LONGEST_HEADING && covered === to - from && inside.some(({ tag }) => tag === 'b')
}

function toHtml(text: string, entities: Entity[], from: number, to: number): string {
  const opening = new Map<number, string>()
  const closing = new Map<number, string>()
  for (const entity of entities) {
    const start = Math.max(entity.offset, from)
    const end = Math.min(endOf(entity), to)
    if (text.slice(start, end).trim() === '') continue
    const [open, close] = tagsOf(entity)
    opening.set(start, `${opening.get(start) ?? ''}${open}`)
    closing.set(end, `${close}${closing.get(end) ?? ''}`)
  }
  let at = from
  const pieces = [...new Set([...opening.keys(), ...closing.keys(), to])]
    .sort((a, b) => a - b)
    .map((next) => {
      const piece = text.slice(at, next)
      at = next
      return `${encode(piece)}${closing.get(next) ?? ''}${opening.get(next) ?? ''}`
    })
  return pieces.join('')
}

function tagsOf({ tag, href, language, expandable }: Entity): [string, string] {
  if (tag === 'a') return [`<a href="${encode(href ?? '')}">`, '</a>']
  if (tag === 'pre' && language) return [`<pre><code class="language-${encode(language)}">`, '</code></pre>']
  return [expandable ? `<${tag} expandable>` : `<${tag}>`, `</${tag}>`]
}
