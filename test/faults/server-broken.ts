// The service as the variant named by BROKEN has it: its sources are changed as they are loaded. With FAILPOINT, armed too.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { changesOf } from './broken.ts'

const root = join(import.meta.dirname, '..', '..')
const changes = changesOf(process.env.BROKEN ?? '', (file) => readFileSync(join(root, file), 'utf8'))
const byUrl = new Map([...changes].map(([file, list]) => [pathToFileURL(join(root, file)).href, list]))

const textOf = (source: string | ArrayBuffer | NodeJS.TypedArray | undefined) =>
  typeof source === 'string' ? source : new TextDecoder().decode(source)

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const list = byUrl.get(url)
    if (!list) return loaded
    const source = list.reduce((text, { find, replace }) => text.replace(find, () => replace), textOf(loaded.source))
    return { ...loaded, source }
  },
})

await import(process.env.FAILPOINT ? './server-with-failpoints.ts' : '../../src/server.ts')
