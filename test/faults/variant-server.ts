import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Run } from '../build.ts'

/** Each breaks one thing on purpose: in a source, a text is replaced by another. */
const variants = {
  /** Commits return before they are on the disk. */
  'synchronous-normal': [
    ["'synchronous = FULL'", "'synchronous = NORMAL'"],
    ['synchronous !== 2', 'synchronous !== 1'],
  ],
  /** A job is shown to whoever knows its number. */
  'jobs-of-anybody': [[".where('id', '=', id).where('userId', '=', userId)", ".where('id', '=', id)"]],
  /** An update that cannot be stored is answered 200 all the same. */
  'false-200': [['app.intake(request.body as RawUpdate)', 'app.intake(request.body as RawUpdate).catch(() => {})']],
  /** What the last process was running is left as it is. */
  'no-reconcile': [['stores.jobs.markInterrupted(', '(() => [])(']],
} satisfies Record<string, [from: string, to: string][]>

/** How `build` runs the real service with one thing broken, for the controls. */
export function broken(variant: keyof typeof variants): { run: Run; env: Record<string, string> } {
  return { run: { entry: import.meta.filename }, env: { TEST_VARIANT: variant } }
}

if (process.argv[1] === import.meta.filename) await serveBroken(process.env.TEST_VARIANT ?? '')

async function serveBroken(variant: string): Promise<void> {
  const changes = new Map<string, string>(Object.entries(variants).find(([name]) => name === variant)?.[1])
  const root = join(import.meta.dirname, '..', '..')
  const ours = ['src', 'db', 'routes'].map((folder) => pathToFileURL(join(root, folder)).href)
  const unseen = new Set(changes.keys())
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!ours.some((folder) => url.startsWith(folder))) return loaded
      let source = String(loaded.source)
      for (const [from, to] of changes) {
        if (!source.includes(from)) continue
        source = source.replace(from, to)
        unseen.delete(from)
      }
      return { ...loaded, source }
    },
  })
  await import('../../src/app.ts')
  // So that no control can pass by breaking nothing.
  if (changes.size === 0 || unseen.size > 0) throw new Error(`${variant}: nothing says any more: ${[...unseen].join(', ')}`)
  await import('../../src/server.ts')
}
