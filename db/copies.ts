import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Removes copies from before a migration that were made before a time, and what is left of broken ones. Returns how many. */
export function removeOldCopies(file: string, before: Date): number {
  const folder = dirname(file)
  const copies = readdirSync(folder).filter((name) => name.startsWith(`${basename(file)}.before-`))
  const old = copies.filter((name) => (statSync(join(folder, name), { throwIfNoEntry: false })?.mtime ?? before) < before)
  for (const name of old) rmSync(join(folder, name), { force: true })
  return old.length
}
