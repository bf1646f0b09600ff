import type { Row } from './table.ts'

/** The rows of one fault as one: rounds added up, controls side by side, a loss wherever there was one. */
export function merged(rows: Row[]): Row[] {
  return [...Map.groupBy(rows, ({ fault }) => fault)].map(([fault, same]) => {
    const controls = new Set(same.flatMap(({ control }) => control ?? []))
    const losses = new Set(same.map(({ lost }) => lost).filter((lost) => lost !== 'nothing'))
    const seed = same.find((row) => row.seed !== undefined)?.seed
    return {
      fault,
      rounds: same.reduce((sum, { rounds }) => sum + rounds, 0),
      lost: [...losses].join('; ') || 'nothing',
      ...(controls.size > 0 && { control: [...controls].join('; ') }),
      ...(seed !== undefined && { seed }),
    }
  })
}

/** The table of docs/RELIABILITY.md. */
export function toMarkdown(rows: Row[]): string {
  const cell = (value: unknown) => String(value ?? '').replaceAll('|', '\\|')
  const lines = rows.map(({ fault, rounds, lost, control, seed }) => [fault, rounds, lost, control, seed])
  const head = ['fault', 'rounds', 'what was lost', 'the control that must lose', 'seed']
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n')
}
