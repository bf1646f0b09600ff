import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** What copies of the database are called: from before a migration, as a backup, and what a restore has replaced. */
const COPY = /^\.(before|backup|replaced)-/
const BACKUP = /^\.backup-[^.]+$/

/** Removes copies that were made before a time, and what is left of broken ones. Returns how many. */
export function removeOldCopies(file: string, before: Date): number {
  const old = beside(file, COPY).filter((path) => (statSync(path, { throwIfNoEntry: false })?.mtime ?? before) < before)
  for (const path of old) rmSync(path, { force: true })
  return old.length
}

/** Where a backup of this moment goes. */
export function backupOf(file: string, at = new Date()): string {
  return `${file}.backup-${at.toISOString().replace(/[-:]|\.\d+/g, '')}`
}

/** Removes all backups of the service's own but the newest few, and what is left of one that was cut off. None may be under way. */
export function keepBackups(file: string, count: number): void {
  const all = beside(file, /^\.backup-/)
  const kept = all
    .filter((path) => BACKUP.test(path.slice(file.length)))
    .toSorted()
    .slice(-count)
  for (const path of all) if (!kept.includes(path)) rmSync(path, { force: true })
}

function beside(file: string, pattern: RegExp): string[] {
  const names = readdirSync(dirname(file)).filter((name) => name.startsWith(basename(file)))
  return names.filter((name) => pattern.test(name.slice(basename(file).length))).map((name) => join(dirname(file), name))
}
