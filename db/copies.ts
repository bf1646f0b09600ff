import { readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** What copies of the database are called: from before a migration, as a backup, and what a restore has replaced. */
const COPY = /^\.(before|backup|replaced)-/
/** A backup of the service's own, by the moment at which it was begun, in UTC: `remy.db.backup-20261101T030000Z`. */
const BACKUP = /^\.backup-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
/** The same while it is made, and what is left of one that was cut off. */
const PARTIAL = /^\.backup-\d{8}T\d{6}Z\.partial/

/** Removes copies that were made before a time, and what is left of broken ones. Returns how many. */
export function removeOldCopies(file: string, before: Date): number {
  const old = beside(file, COPY).filter((path) => (statSync(path, { throwIfNoEntry: false })?.mtime ?? before) < before)
  for (const path of old) rmSync(path, { force: true })
  return old.length
}

/** What a copy of the database takes, with what still stands in its log, and what is free in a folder, in bytes. */
export function roomFor(file: string, folder: string): { needed: number; free: number } {
  const { bavail, bsize } = statfsSync(folder)
  return { needed: statSync(file).size + (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0), free: bavail * bsize }
}

/** Where a backup of this moment goes. */
export function backupOf(file: string, at = new Date()): string {
  return `${file}.backup-${at.toISOString().replace(/[-:]|\.\d+/g, '')}`
}

/** When the newest backup of the service's own was begun; undefined where there is none. */
export function lastBackup(file: string): Date | undefined {
  const newest = beside(file, BACKUP).at(-1)
  const iso = newest?.slice(file.length).replace(BACKUP, '$1-$2-$3T$4:$5:$6Z')
  return iso === undefined ? undefined : new Date(iso)
}

/** Removes all backups of the service's own but the newest few, and what is left of one that was cut off. None may be under way. */
export function keepBackups(file: string, count: number): void {
  for (const path of [...beside(file, BACKUP).slice(0, -count), ...beside(file, PARTIAL)]) rmSync(path, { force: true })
}

/** In the order of their names, which is that of their times where they are backups. */
function beside(file: string, pattern: RegExp): string[] {
  const names = readdirSync(dirname(file)).filter((name) => name.startsWith(basename(file)))
  const found = names.filter((name) => pattern.test(name.slice(basename(file).length)))
  return found.toSorted().map((name) => join(dirname(file), name))
}
