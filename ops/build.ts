// npm run build: the service as one file, dist/server.js, and beside it what it reads. It starts in half the time of the sources.
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

const root = join(import.meta.dirname, '..')
const ours = /[\\/](src|routes|db)[\\/].*\.ts$/

/** How the sources name a file that they read; where a part of the name is a variable, its folder is taken. */
const address = /new URL\((['`])([^'`]+)\1, import\.meta\.url\)/g

/** CommonJS packages in the bundle ask for Node's own modules by require. */
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

/**
 * Builds the service into a folder, which is emptied before. better-sqlite3 stays outside, since it is native: a
 * node_modules with it must be found from there.
 * @throws when a file that the sources read does not exist, or is named in a way that this does not see.
 */
export async function buildService(to: string): Promise<void> {
  const read = new Set<string>()
  rmSync(to, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: ['src/server.ts'],
    outfile: join(to, 'server.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    sourcemap: true,
    external: ['better-sqlite3'],
    banner: { js: banner },
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [whereTheyWere(read)],
    logLevel: 'warning',
  })
  for (const file of read)
    cpSync(join(root, file), join(to, file), { recursive: true, filter: (path) => !path.endsWith('.ts') })
}

/** Lets each module find the files that it reads: they stand beside the bundle under the paths that they have here. */
function whereTheyWere(read: Set<string>): Plugin {
  return {
    name: 'where-they-were',
    setup({ onLoad }) {
      onLoad({ filter: ours }, ({ path }) => {
        const source = readFileSync(path, 'utf8')
        for (const [, , name = ''] of source.matchAll(address)) {
          const [fixed = ''] = name.split('$' + '{')
          const found = resolve(dirname(path), fixed === name ? fixed : dirname(`${fixed}x`))
          read.add(relative(root, found))
        }
        const unseen = source.replaceAll(address, '').match(/import\.meta\.(url|dirname|filename)/)
        if (unseen) throw new Error(`${path} has ${unseen[0]} outside of new URL('…', import.meta.url)`)
        const url = `new URL(${JSON.stringify(`./${relative(root, path)}`)}, import.meta.url)`
        return { contents: source.replaceAll('import.meta.url', url), loader: 'ts' }
      })
    },
  }
}

if (import.meta.main) await buildService(resolve(process.argv[2] ?? join(root, 'dist')))
