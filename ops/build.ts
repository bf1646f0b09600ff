// npm run build: the service as one file, dist/service.cjs, behind dist/server.cjs, which starts it from a code cache; and
// beside them what it reads and the programs that it runs.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { warmUp } from './warm-up.ts'

const root = join(import.meta.dirname, '..')
const ours = /[\\/](src|routes|db|ops)[\\/].*\.ts$/

/** How the sources name a file that they read or run; where a part of the name is a variable, its folder is taken. */
const address = /new URL\((['`])([^'`]+)\1, import\.meta\.url\)/g

/**
 * The service as CommonJS does not have Node make a namespace of each of its modules, which would load what nobody asks for.
 * Programs, which await at their top, are ESM; CommonJS packages in them ask for Node's own modules by require.
 */
const formats = {
  cjs: {
    format: 'cjs',
    define: { 'import.meta.url': 'bundle_url' },
    banner: { js: "'use strict'; const bundle_url = require('node:url').pathToFileURL(__filename).href;" },
  },
  mjs: {
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  },
} as const

/**
 * As npm start has it, with a .env in the working directory. What V8 has compiled is kept from one start to the next; where it
 * cannot be kept, the start takes longer.
 */
const loader = `const { existsSync } = require('node:fs')
if (Number.parseInt(process.versions.node) < 24) {
  process.stderr.write(\`Remy does not start: it needs Node 24, and this is \${process.versions.node}.\\n\`)
  process.exit(1)
}
if (existsSync('.env')) process.loadEnvFile('.env')
require('node:module').enableCompileCache(require('node:path').join(__dirname, 'cache'))
require('./service.cjs')
`

/**
 * Builds the service into a folder, which is emptied before. better-sqlite3 stays outside, since it is native: a
 * node_modules with it must be found from there.
 * @throws when a file that the sources read does not exist, or is named in a way that this does not see.
 */
export async function buildService(to: string): Promise<void> {
  rmSync(to, { recursive: true, force: true })
  const read = new Set<string>()
  const programs = new Set<string>()
  await bundle('src/server.ts', join(to, 'service.cjs'), read, programs)
  for (const program of programs) await bundle(program, join(to, builtName(program)), read, programs)
  for (const file of read)
    cpSync(join(root, file), join(to, file), { recursive: true, filter: (path) => !path.endsWith('.ts') })
  writeFileSync(join(to, 'server.cjs'), loader)
}

/** What the service runs as a process of its own is a file beside it. */
const builtName = (program: string) => basename(program).replace(/\.ts$/, '.mjs')

async function bundle(entry: string, outfile: string, read: Set<string>, programs: Set<string>): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    ...(outfile.endsWith('.mjs') ? formats.mjs : formats.cjs),
    // Names stay: they stand in the log, and in what an error says.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: true,
    external: ['better-sqlite3'],
    alias: { 'node-fetch': './ops/no-fetch.cjs' },
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [whereTheyWere(read, programs)],
    logLevel: 'warning',
  })
}

/**
 * Lets each module find the files that it reads: they stand beside the bundle under the paths that they have here. A module
 * that it names so is a program, which is built as well.
 */
function whereTheyWere(read: Set<string>, programs: Set<string>): Plugin {
  return {
    name: 'where-they-were',
    setup({ onLoad }) {
      onLoad({ filter: ours }, ({ path }) => {
        const source = readFileSync(path, 'utf8')
        const unseen = source.replaceAll(address, '').match(/import\.meta\.(url|dirname|filename)/)
        if (unseen) throw new Error(`${path} has ${unseen[0]} outside of new URL('…', import.meta.url)`)
        const here = `new URL(${JSON.stringify(`./${relative(root, path)}`)}, import.meta.url)`
        const contents = source.replaceAll(address, (whole: string, _quote: string, name: string) => {
          const [fixed = ''] = name.split('$' + '{')
          const found = relative(root, resolve(dirname(path), fixed === name ? fixed : dirname(`${fixed}x`)))
          if (found.endsWith('.ts')) {
            programs.add(found)
            return `new URL('./${builtName(found)}', import.meta.url)`
          }
          read.add(found)
          return whole.replace('import.meta.url', here)
        })
        return { contents, loader: 'ts' }
      })
    },
  }
}

if (import.meta.main) {
  const to = resolve(process.argv[2] ?? join(root, 'dist'))
  await buildService(to)
  await warmUp(join(to, 'server.cjs'))
}
