const SNIPPET = 80
/** A character may be made of many units: no line of a list is longer. */
const MOST_UNITS = 160

/** One line of at most 80 characters, without what could break or turn the line around. */
export function snippet(text: string): string {
  const line = text.replace(/[\p{Cc}\s\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069]+/gu, ' ').trim()
  const bounded = line.slice(0, MOST_UNITS).toWellFormed()
  const characters = Array.from(new Intl.Segmenter().segment(bounded), ({ segment }) => segment)
  const isCut = characters.length > SNIPPET || line.length > MOST_UNITS
  return isCut ? `${characters.slice(0, SNIPPET - 1).join('')}…` : line
}
