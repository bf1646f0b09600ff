import type { Entity, FormattedText } from './entities.ts'

/** Telegram keeps this many entities of a message and drops the rest without a word. */
const maxEntities = 100

/** Telegram's order for entities with the same range, from the outermost in. */
const order = [
  ['blockquote', 'expandable_blockquote', 'pre', 'code', 'text_link'],
  ['bold', 'italic', 'underline', 'strikethrough', 'spoiler'],
].flat()

/** Cuts white space at both ends, as Telegram does with every text, and moves the entities along, in order. */
export function trim({ text, entities }: Pick<FormattedText, 'text' | 'entities'>): FormattedText {
  const start = text.length - text.trimStart().length
  const trimmed = text.trim()
  const moved = entities.flatMap((entity) => {
    const offset = Math.max(0, entity.offset - start)
    const end = Math.min(trimmed.length, entity.offset + entity.length - start)
    return end > offset ? [{ ...entity, offset, length: end - offset }] : []
  })
  const sorted = moved.sort(compare)
  return {
    text: trimmed,
    entities: sorted.slice(0, maxEntities),
    entitiesDropped: Math.max(0, sorted.length - maxEntities),
  }
}

function compare(a: Entity, b: Entity): number {
  return a.offset - b.offset || b.length - a.length || order.indexOf(a.type) - order.indexOf(b.type)
}
