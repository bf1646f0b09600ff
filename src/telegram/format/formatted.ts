import { decode } from './inline.ts'
import { plainOf } from './parts.ts'

/** A stretch of a text, in UTF-16 units. Entities are in order, nest properly, and an outer one comes before those inside it. */
export interface Entity {
  tag: 'b' | 'i' | 's' | 'code' | 'pre' | 'a' | 'blockquote'
  offset: number
  length: number
  href?: string
  language?: string
  expandable?: boolean
}

export interface Formatted {
  text: string
  entities: Entity[]
}

/**
 * Reads the HTML of our own renderer and sees to Telegram's rules: nothing is within its like, and code stands alone, so
 * that styles pause for it and in a link it is plain. What is not to be marked has no offset in the text.
 */
export function readHtml(html: string): Formatted {
  const entities: Entity[] = []
  const open: { tag: Entity['tag']; value: string; offset: number }[] = []
  const styles = () => open.filter(({ tag }) => /^[bis]$/.test(tag))
  const text = plainOf(html).replaceAll('\r', '\n')
  let at = 0
  const end = ({ tag, value, offset }: (typeof open)[number]) => {
    const content = text.slice(offset, at)
    if (content.trim() === '') return
    const isLong = content.length > 350 || content.split('\n').length > 5
    const extra =
      tag === 'a' ? { href: value } : tag === 'blockquote' ? { expandable: isLong } : value ? { language: value } : {}
    entities.push({ tag, offset, length: content.length, ...extra })
  }
  for (const [piece, slash, name, value = ''] of html.matchAll(/<(\/?)(\w+)(?: \w+="([^"]*)")?>|[^<]+/g)) {
    if (name === undefined) at += decode(piece).length
    else if (slash === '') {
      const tag = name as Entity['tag'] // the renderer has no others
      const isBarred = open.some((outer) => outer.tag === tag || (outer.tag === 'a' && tag === 'code'))
      if (tag === 'code' && !isBarred) styles().toReversed().forEach(end)
      open.push({ tag, value: decode(value), offset: isBarred ? Number.POSITIVE_INFINITY : at })
    } else {
      const mark = open.pop()
      if (mark) end(mark)
      const isOver = mark?.tag === 'code' && mark.offset < at
      if (isOver) for (const style of styles()) style.offset = Math.max(style.offset, at)
    }
  }
  return { text, entities: entities.toReversed().sort((a, b) => a.offset - b.offset || b.length - a.length) }
}
