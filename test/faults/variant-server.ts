import { registerHooks } from 'node:module'

/**
 * The real service with one thing broken on purpose, for the controls: what is named here is replaced in the sources of
 * db/ as they are loaded. A text that is not found ends the process, so that no control can pass by breaking nothing.
 */
const variants: Record<string, [from: string, to: string][]> = {
  // Commits return before they are on the disk.
  'synchronous-normal': [
    ["'synchronous = FULL'", "'synchronous = NORMAL'"],
    ['synchronous !== 2', 'synchronous !== 1'],
  ],
  // A job is shown to whoever knows its number.
  'jobs-of-anybody': [[".where('id', '=', id).where('userId', '=', userId)", ".where('id', '=', id)"]],
}

const changes = new Map(variants[process.env.TEST_VARIANT ?? ''])
if (changes.size === 0) throw new Error('TEST_VARIANT names no variant')
const unseen = new Set(changes.keys())

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.includes('/db/') || url.includes('/node_modules/')) return loaded
    let source = String(loaded.source)
    for (const [from, to] of changes) {
      if (!source.includes(from)) continue
      source = source.replace(from, to)
      unseen.delete(from)
    }
    return { ...loaded, source }
  },
})

await import('../../db/open.ts')
if (unseen.size > 0) throw new Error(`Nothing in db/ says any more: ${[...unseen].join(', ')}`)
await import('../../src/server.ts')
