const SNIPPET = 80

/** One line of at most 80 characters, without what could break or turn the line around. */
export function snippet(text: string): string {
  const line = text.replace(/[\p{Cc}\s\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069]+/gu, ' ').trim()
  const characters = Array.from(new Intl.Segmenter().segment(line), ({ segment }) => segment)
  return characters.length > SNIPPET ? `${characters.slice(0, SNIPPET - 1).join('')}…` : line
}
