import { badRequest } from './refusal.ts'
import { trim } from './trim.ts'

export type Entity = { type: string; offset: number; length: number; url?: string; language?: string }
/** `entitiesDropped` counts those past Telegram's limit. */
export type FormattedText = { text: string; entities: Entity[]; entitiesDropped: number }

type Attributes = Map<string, string>
type OpenTag = { name: string; offset: number; attributes: Attributes }

const types: Record<string, string> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  code: 'code',
  pre: 'pre',
  a: 'text_link',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
  blockquote: 'blockquote',
}
const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' }

/**
 * Reads `parse_mode: HTML` as Telegram does: offsets and lengths are UTF-16 units, white space at both ends goes.
 * Throws "Bad Request: can't parse entities: …" with the byte offset for whatever Telegram would not take.
 */
export function parseHtml(source: string): FormattedText {
  const open: OpenTag[] = []
  const entities: Entity[] = []
  let text = ''
  let at = 0
  while (at < source.length) {
    const char = source.charAt(at)
    const reference = char === '&' ? readReference(source, at) : undefined
    if (reference) {
      text += reference.char
      at = reference.end
    } else if (char !== '<') {
      text += char
      at += 1
    } else if (source[at + 1] === '/') {
      const tag = readEndTag(source, at, open)
      at = tag.end
      const entity = toEntity(tag.start, text.slice(tag.start.offset), open, entities)
      if (entity) entities.push(entity)
    } else {
      const tag = readStartTag(source, at)
      // Documented as impossible; Telegram's own way out would be to lose one of the two without saying so.
      if (tag.name === 'blockquote' && open.some(({ name }) => name === 'blockquote')) {
        throw broken('Tag "blockquote" can\'t be nested', source, at)
      }
      open.push({ name: tag.name, attributes: tag.attributes, offset: text.length })
      at = tag.end
    }
  }
  const unclosed = open.at(-1)
  if (unclosed) throw broken(`Can't find end tag corresponding to start tag "${unclosed.name}"`)
  return trim({ text, entities })
}

function broken(what: string, source?: string, at?: number): Error {
  const where = source === undefined ? '' : ` at byte offset ${Buffer.byteLength(source.slice(0, at))}`
  return badRequest(`can't parse entities: ${what}${where}`)
}

// Anything that is no known reference stays as it was written: Telegram tolerates a bare ampersand.
function readReference(source: string, at: number): { char: string; end: number } | undefined {
  const pattern = /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]+));?/iy
  pattern.lastIndex = at
  const match = pattern.exec(source)
  if (!match) return undefined
  const [, hex, decimal, name] = match
  if (name !== undefined) {
    const char = Object.hasOwn(named, name) ? named[name] : undefined
    return char === undefined ? undefined : { char, end: pattern.lastIndex }
  }
  const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  if (point === 0 || point >= 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined
  return { char: String.fromCodePoint(point), end: pattern.lastIndex }
}

function readStartTag(source: string, begin: number): { name: string; attributes: Attributes; end: number } {
  const match = /[^\s>]*/y
  match.lastIndex = begin + 1
  const name = (match.exec(source)?.[0] ?? '').toLowerCase()
  let at = match.lastIndex
  if (at >= source.length) throw broken('Unclosed start tag', source, begin)
  if (!Object.hasOwn(types, name)) throw broken(`Unsupported start tag "${name}"`, source, begin)

  const attributes: Attributes = new Map()
  const attribute = /\s*(?:(>)|([^\s=>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)(?=[\s>])))?)/y
  for (;;) {
    attribute.lastIndex = at
    const found = attribute.exec(source)
    if (!found) throw broken(attributeMistake(source, at, name), source, begin)
    at = attribute.lastIndex
    const [, close, key, double, single, bare] = found
    if (close) break
    if (key) attributes.set(key.toLowerCase(), decode(double ?? single ?? bare ?? ''))
  }
  if (name === 'span' && attributes.get('class') !== 'tg-spoiler') {
    throw broken('Tag "span" must have class "tg-spoiler"', source, begin)
  }
  return { name, attributes, end: at }
}

function attributeMistake(source: string, at: number, name: string): string {
  const rest = source.slice(at)
  if (/^\s*=\s*[^\s"'>]/.test(rest)) return 'Unexpected end of name token'
  return rest.includes('>') ? `Empty attribute name in the tag "${name}"` : 'Unclosed start tag'
}

function decode(value: string): string {
  return value.replace(/&[#\w]+;?/g, (reference) => {
    const read = readReference(reference, 0)
    return read ? read.char + reference.slice(read.end) : reference
  })
}

function readEndTag(source: string, begin: number, open: OpenTag[]): { start: OpenTag; end: number } {
  const start = open.pop()
  if (!start) throw broken('Unexpected end tag', source, begin)
  const tag = /<\/([^\s>]*)\s*(>?)/y
  tag.lastIndex = begin
  const [, name = '', close] = tag.exec(source) ?? []
  if (!close) throw broken('Unclosed end tag', source, begin)
  if (name !== '' && name.toLowerCase() !== start.name) {
    const offset = Buffer.byteLength(source.slice(0, begin))
    throw broken(`Unmatched end tag at byte offset ${offset}, expected "</${start.name}>", found "</${name}>"`)
  }
  return { start, end: tag.lastIndex }
}

function toEntity(tag: OpenTag, content: string, open: OpenTag[], closed: Entity[]): Entity | undefined {
  if (content === '') return undefined
  const entity: Entity = { type: types[tag.name] ?? tag.name, offset: tag.offset, length: content.length }
  if (tag.name === 'a') {
    const url = toUrl(tag.attributes.get('href') || content)
    // A link to nowhere is shown as plain text, without an error.
    return url === undefined ? undefined : { ...entity, url }
  }
  if (tag.name === 'blockquote' && tag.attributes.has('expandable')) return { ...entity, type: 'expandable_blockquote' }
  // Code and pre take no other formatting inside them.
  const isCode = tag.name === 'code' || tag.name === 'pre'
  if (isCode) for (const inner of closed.splice(0)) if (inner.offset < tag.offset) closed.push(inner)
  if (tag.name === 'code') {
    const outer = open.at(-1)
    const language = tag.attributes.get('class')?.match(/^language-(.+)$/)?.[1]
    // <pre><code class="language-x"> is one entity: the pre, with its language.
    if (outer?.name !== 'pre') return entity
    if (outer.offset === tag.offset && language) outer.attributes.set('language', language)
    return undefined
  }
  if (tag.name === 'pre') {
    const language = tag.attributes.get('language')
    return language ? { ...entity, language } : entity
  }
  return entity
}

function toUrl(href: string): string | undefined {
  const address = /^[a-z][a-z0-9+.-]*:/i.test(href) ? href : `http://${href}`
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  if (url.protocol === 'tg:' || url.protocol === 'mailto:') return url.href
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  return isWeb && (url.hostname.includes('.') || url.hostname === 'localhost') ? url.href : undefined
}
