/** The widest line of code, in columns, that a small phone shows without breaking it. */
const WIDEST = 36
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const wide =
  /\p{Emoji_Presentation}|[\ufe0f\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|[\u{20000}-\u{3fffd}]/u

/** Aligns the cells of a table, its first row the header, for a font of one width; undefined where a phone is too narrow. */
export function tabulate(rows: string[][], isRight: boolean[]): string | undefined {
  const widths = isRight.map((_, column) => rows.reduce((most, row) => Math.max(most, widthOf(row[column])), 0))
  const total = widths.reduce((sum, width) => sum + width + 2, -2)
  if (total > WIDEST) return undefined
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) => {
      const space = ' '.repeat((widths[column] ?? 0) - widthOf(cell))
      return isRight[column] ? space + cell : cell + space
    })
    return cells.join('  ').trimEnd()
  })
  return lines.toSpliced(1, 0, '─'.repeat(total)).join('\n')
}

/** In columns: East Asian characters and emoji take two, and a mark sits on the character before it. */
function widthOf(text = ''): number {
  return Array.from(graphemes.segment(text)).reduce((sum, { segment }) => sum + (wide.test(segment) ? 2 : 1), 0)
}
