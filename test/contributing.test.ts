import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { ada, build } from './build.ts'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)
const copied = [
  'src',
  'routes',
  'db',
  'playground',
  'test/build.ts',
  'test/compile-cache.ts',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'biome.json',
]

interface Block {
  language: string
  file: string
  text: string
}

/** The code of CONTRIBUTING.md that says which file it is for, in order. */
function blocks(): Block[] {
  const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
  const found = page.matchAll(/^```(\w+) (\S+)\n([\s\S]*?)^```$/gm)
  return [...found].map(([, language = '', file = '', text = '']) => ({ language, file, text }))
}

/** Does what a reader does with a block: makes the file, or changes the lines, which must stand there once. */
function follow(folder: string, { language, file, text }: Block): void {
  const path = join(folder, file)
  mkdirSync(dirname(path), { recursive: true })
  if (language !== 'diff') {
    writeFileSync(path, text, { flag: 'wx' }) // a new one
    return
  }
  const lines = text.split('\n').filter(Boolean)
  const without = (sign: string) => lines.flatMap((line) => (line.startsWith(sign) ? [] : [`${line.slice(1)}\n`])).join('')
  const [before, after] = [without('+'), without('-')]
  const source = readFileSync(path, 'utf8')
  expect(source.split(before), `${file} has once:\n${before}`).toHaveLength(2)
  writeFileSync(
    path,
    source.replace(before, () => after),
  )
}

test('who follows "add a job kind in ten minutes" has a kind that works, and whose test passes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'remy-newcomer-'))
  try {
    for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    expect(blocks().length).toBeGreaterThan(0)
    for (const block of blocks()) follow(folder, block)

    const bin = (name: string) => join(root, 'node_modules', '.bin', name)
    const files = blocks().flatMap(({ language, file }) => (language === 'md' ? [] : [file]))
    await run(bin('biome'), ['check', '--vcs-enabled=false', '--error-on-warnings', ...files], { cwd: folder })
    await run(bin('tsc'), ['--noEmit'], { cwd: folder })
    await run(bin('vitest'), ['run', 'test/premortem.test.ts'], { cwd: folder })

    await using house = await build({ run: { entry: join(folder, 'src/server.ts') } })
    house.telegram.say(ada, '/help')
    await house.heard(ada, '/premortem')
    house.telegram.say(ada, '/premortem')
    await house.heard(ada, 'Tell me the plan, for example')
    house.telegram.say(ada, '/premortem We open the shop in May')
    await house.heard(ada, '✅ #1 premortem')
    expect(house.job(1)).toMatchObject({ job_type: 'premortem', status: 'done', input_text: 'We open the shop in May' })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)
