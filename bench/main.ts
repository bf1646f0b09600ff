// npm run bench [-- NAME…] [--quick] [--write]: measures the service against what it is to be compared with. With
// --sources it is the sources that are measured, as `npm start` runs them, and not what is deployed.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Figure, Workshop } from './measurement.ts'
import { measurements } from './measurements/index.ts'
import { fillRegistry } from './registry.ts'
import { machine, tableOf, writeTable } from './table.ts'

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    sources: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const unknown = positionals.filter((name) => !measurements.some((measurement) => measurement.name === name))
if (unknown.length > 0) {
  process.stderr.write(`There is no ${unknown.join(', ')}. Known: ${measurements.map(({ name }) => name).join(', ')}\n`)
  process.exit(1)
}
const chosen = measurements.filter(({ name }) => positionals.length === 0 || positionals.includes(name))

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'remy-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const say = (line: string) => process.stderr.write(`${line}\n`)
const registries = new Map<number, Promise<string>>()
const workshop: Workshop = {
  quick: values.quick,
  folder,
  entry: join(root, values.sources ? 'src/server.ts' : 'dist/server.cjs'),
  registryOf(count) {
    const made = registries.get(count) ?? makeRegistry(count)
    registries.set(count, made)
    return made
  },
  say,
}

async function makeRegistry(count: number): Promise<string> {
  const file = join(folder, `${count}.db`)
  say(`  filling a database with ${count.toLocaleString('en')} jobs, messages and deliveries`)
  await fillRegistry(file, count)
  return file
}

if (!values.sources) {
  await (await import('../ops/build.ts')).buildService(join(root, 'dist'))
  await (await import('../ops/warm-up.ts')).warmUp(workshop.entry)
}
const figures: Figure[] = []
for (const { name, run } of chosen) {
  say(`${name} …`)
  const found = await run(workshop)
  for (const { what, against, ratio } of found) say(`  ${what}: ${ratio.toFixed(2)} of ${against}`)
  figures.push(...found)
}
process.stdout.write(`\n${machine()}\n\n${tableOf(figures)}\n`)
if (values.write) {
  if (positionals.length > 0 || values.quick || values.sources) throw new Error('Only a whole run is written down')
  writeTable(figures, 'npm run bench -- --write')
}
process.exit(0)
