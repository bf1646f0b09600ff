import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** When the newest backup beside the database was made; undefined where there is none. */
export function lastBackup(databaseFile: string): Date | undefined {
  const folder = dirname(databaseFile)
  const names = readdirSync(folder).filter(
    (name) => name.startsWith(`${basename(databaseFile)}.backup-`) && !name.includes('.partial'),
  )
  const times = names.flatMap((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? [])
  return times.length > 0 ? new Date(Math.max(...times)) : undefined
}
