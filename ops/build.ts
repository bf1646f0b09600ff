// npm run build: the service as one file, dist/service.cjs, behind dist/server.cjs, which starts it from a code cache; and
// beside them what it reads and the commands that it runs.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { warmUp } from './warm-up.ts'

const root = join(import.meta.dirname, '..')
const ours = /[\\/](src|routes|db|ops)[\\/].*\.ts$/

/** How the sources name a file that they read or run; where a part of the name is a variable, its folder is taken. */
const address = /new URL\((['`])([^'`]+)\1, import\.meta\.url\)/g

/**
 * The service as CommonJS does not have Node make a namespace of each of its modules, which would load what nobody asks for.
 * Commands, which await at their top, are ESM; CommonJS packages in them ask for Node's own modules by require.
 */
const formats = {
  cjs: {
    format: 'cjs',
    define: { 'import.meta.url': 'bundle_url' },
    banner: { js: "const bundle_url = require('node:url').pathToFileURL(__filename).href;" },
  },
  mjs: {
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  },
} as const

/** What V8 has compiled is kept from one start to the next. Where it cannot be kept, the start takes longer. */
const loader = `require('node:module').enableCompileCache(require('node:path').join(__dirname, 'cache'))
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
  const run = new Set<string>()
  await bundle('src/server.ts', join(to, 'service.cjs'), '.', read, run)
  for (const command of run) {
    const folder = relative(dirname(command), '.')
    await bundle(command, join(to, command.replace(/ts$/, 'mjs')), folder, read, run)
  }
  for (const file of read)
    cpSync(join(root, file), join(to, file), { recursive: true, filter: (path) => !path.endsWith('.ts') })
  writeFileSync(join(to, 'server.cjs'), loader)
}

async function bundle(entry: string, outfile: string, base: string, read: Set<string>, run: Set<string>): Promise<void> {
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
    plugins: [whereTheyWere(base, read, run)],
    logLevel: 'warning',
  })
}

/** Lets each module find what it reads and runs: it stands beside the bundle under the paths that it has here. */
function whereTheyWere(base: string, read: Set<string>, run: Set<string>): Plugin {
  return {
    name: 'where-they-were',
    setup({ onLoad }) {
      onLoad({ filter: ours }, ({ path }) => {
        const source = readFileSync(path, 'utf8')
        const contents = source.replaceAll(address, (_, quote: string, name: string) => {
          const [fixed = ''] = name.split('$' + '{')
          const found = relative(root, resolve(dirname(path), fixed === name ? fixed : dirname(`${fixed}x`)))
          const isRun = found.endsWith('.ts')
          if (isRun) run.add(found)
          else read.add(found)
          const from = `new URL(${JSON.stringify(`${base}/${relative(root, path)}`)}, import.meta.url)`
          return `new URL(${quote}${isRun ? name.replace(/ts$/, 'mjs') : name}${quote}, ${from})`
        })
        const unseen = source.replaceAll(address, '').match(/import\.meta\.(url|dirname|filename)/)
        if (unseen) throw new Error(`${path} has ${unseen[0]} outside of new URL('…', import.meta.url)`)
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
