/** What a check found. A failure has its remedy; `doubtful` is what nobody must mend now, or what could not be looked at. */
export type Finding =
  | { state: 'good' | 'doubtful'; text: string; remedy?: string }
  | { state: 'failed'; text: string; remedy: string }

export const good = (text: string): Finding => ({ state: 'good', text })
export const doubtful = (text: string, remedy?: string): Finding => ({ state: 'doubtful', text, ...(remedy && { remedy }) })
export const failed = (text: string, remedy: string): Finding => ({ state: 'failed', text, remedy })

const marks = { good: '✓', doubtful: '–', failed: '✗' } as const

/** `✗ Token: Telegram does not know it. Copy it from …` */
export function lineOf(name: string, { state, text, remedy }: Finding): string {
  return `${marks[state]} ${name}: ${text}.${remedy ? ` ${remedy}.` : ''}`
}

/** How long a question to another machine may take. */
export const PATIENCE_MS = 15_000

/** `1 minute ago`, `3 hours ago`. */
export function agoInWords(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / 60_000))
  const [count, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 2_880
        ? [Math.round(minutes / 60), 'hour']
        : [Math.round(minutes / 1_440), 'day']
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`
}
