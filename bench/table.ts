import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { type Figure, goalInWords, isReached } from './measurement.ts'

const page = join(import.meta.dirname, '..', 'docs', 'PERFORMANCE.md')
const [opening, closing] = ['<!-- npm run bench -- --write: from here -->', '<!-- to here -->']

/** The figures as a table in Markdown, with a sentence on each that is not reached. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { what, against, ours, theirs, ratio, goal } = figure
    const cells = [what, against, ours, theirs, ratio.toFixed(2), goalInWords(goal), isReached(figure) ? 'yes' : '**no**']
    return `| ${cells.join(' | ')} |`
  })
  const missed = figures.filter((figure) => !isReached(figure))
  const reasons = missed.map(
    ({ what, why }) => `- **${what}**: ${why ?? 'not explained yet; profile it with `node --cpu-prof`.'}`,
  )
  return [
    '| what | against | here | there | ratio | to reach | |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    ...(reasons.length > 0 ? ['', 'What is not reached, and why:', '', ...reasons] : []),
  ].join('\n')
}

/** What the figures were measured on. */
export function machine(): string {
  const [cpu] = cpus()
  const gigabytes = Math.round(totalmem() / 1024 ** 3)
  const model = cpu?.model.trim() || process.arch
  return `${cpus().length} × ${model}, ${gigabytes} GB, ${process.platform}, Node ${process.versions.node}, commit ${commit()}, ${new Date().toISOString().slice(0, 10)}`
}

/** Puts the table into docs/PERFORMANCE.md, in place of the one before. @throws where its two marks are not found. */
export function writeTable(figures: readonly Figure[], command: string): void {
  const text = readFileSync(page, 'utf8')
  const [from, to] = [text.indexOf(opening), text.indexOf(closing)]
  if (from < 0 || to < from) throw new Error(`${page} does not say where the table belongs`)
  const body = `Measured by \`${command}\` on ${machine()}.\n\n${tableOf(figures)}`
  writeFileSync(page, `${text.slice(0, from + opening.length)}\n\n${body}\n\n${text.slice(to)}`)
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
