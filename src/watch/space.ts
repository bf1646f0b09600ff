import { statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

/** How much is free where the database is, of how much, in bytes; as far as this user may use it. */
export async function spaceAt(databaseFile: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(dirname(databaseFile))
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}

/** The database with what is not brought into it yet, in bytes. */
export function sizeOf(databaseFile: string): number {
  const sizes = ['', '-wal'].map((ending) => statSync(databaseFile + ending, { throwIfNoEntry: false })?.size ?? 0)
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** `43 MB`, `12.3 GB`. */
export function bytesInWords(bytes: number): string {
  const megabytes = bytes / 1_000_000
  if (megabytes < 1) return `${Math.ceil(bytes / 1_000)} KB`
  return megabytes < 1_000 ? `${Math.floor(megabytes)} MB` : `${(Math.floor(megabytes / 100) / 10).toFixed(1)} GB`
}
