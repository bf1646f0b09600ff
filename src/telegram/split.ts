/** The longest text that Telegram takes, in UTF-16 units. */
export const MESSAGE_LIMIT = 4_096

/** Where a text may be parted, best first; a part keeps at least a third of its room. */
const seams = [/\n\s*\n/g, /\n/g, /(?<=[.!?…])\s+/g, /\s+/g]

/**
 * Parts a text so that each part fits into a message: at a paragraph, else a line, a sentence, a word, and only within a
 * word where it is longer than a message. Nothing but white space at the seams is lost; no surrogate pair is parted.
 */
export function splitText(text: string, limit = MESSAGE_LIMIT): string[] {
  const parts: string[] = []
  let rest = text.trim()
  while (rest.length > limit) {
    const end = seamBefore(rest, limit)
    parts.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  if (rest) parts.push(rest)
  return parts
}

function seamBefore(text: string, limit: number): number {
  const window = text.slice(0, limit + 1)
  for (const seam of seams) {
    const end = Array.from(window.matchAll(seam), (match) => match.index).findLast((index) => index > limit / 3)
    if (end !== undefined) return end
  }
  const high = text.charCodeAt(limit - 1)
  return high >= 0xd800 && high <= 0xdbff ? limit - 1 : limit
}
