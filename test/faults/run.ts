// npm run test:faults [-- --rounds=N] [-- --seed=N] [-- --write] [-- NAMEFILTER]
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { merged, toMarkdown } from './markdown.ts'
import type { Row } from './table.ts'

const root = join(import.meta.dirname, '..', '..')
const page = join(root, 'docs', 'RELIABILITY.md')
const markers = /(<!-- table -->\n)[\s\S]*?(\n<!-- \/table -->)/

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(randomInt(1, 1_000_000)) },
    write: { type: 'boolean', default: false },
  },
})
const say = (text: string): void => void process.stdout.write(`${text}\n`)

const folder = mkdtempSync(join(tmpdir(), 'remy-faults-'))
const file = join(folder, 'rows.jsonl')
const vitest = fileURLToPath(new URL('vitest.mjs', import.meta.resolve('vitest/package.json')))
say(`Seed ${values.seed}, rounds × ${values.rounds}. The same again: npm run test:faults -- --seed=${values.seed}`)

const child = spawn(process.execPath, [vitest, 'run', '--config', 'vitest.faults.config.ts', ...positionals], {
  cwd: root,
  env: { ...process.env, FAULTS_TABLE: file, FAULTS_ROUNDS: values.rounds, FAULTS_SEED: values.seed },
  stdio: 'inherit',
})
const [code] = await once(child, 'exit')
const rows = existsSync(file)
  ? readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line): Row => JSON.parse(line))
  : []
rmSync(folder, { recursive: true })

const table = toMarkdown(merged(rows))
say(`\n${table}`)
process.exitCode = code ?? 1
// A table of a run that was red, or of a part, would say more than was seen.
if (values.write && code === 0 && positionals.length === 0) write()
else if (values.write) say('Not written: only a whole run that is green is.')

function write(): void {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : ''
  const filled = text.replace(markers, (_whole, before, after) => before + table + after)
  if (markers.test(text)) writeFileSync(page, filled)
  say(markers.test(text) ? `Written to ${page}` : `Not written: ${page} has no <!-- table --> and <!-- /table -->.`)
}
