import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Random } from './random.ts'
import type { WriteEvent } from './write-log.ts'

/** What a disk writes whole or not at all, in bytes. */
const SECTOR = 512

type Change = Extract<WriteEvent, { kind: 'write' | 'truncate' }>

interface File {
  /** What is surely on the disk. */
  safe: Buffer
  /** What was written since the last sync. */
  since: Change[]
  /** Whether it was deleted, and the folder not synced since. */
  isLeaving: boolean
}

/**
 * A disk that goes through a log of writes, event by event, and can be looked at as a power cut would leave it: all that was
 * synced, and of the rest nothing, all, or some of it, torn at sectors; what was deleted is there or not until its folder is
 * synced. New names are taken to be there once they were made, as journalling file systems have them by the next sync of
 * anything; what a name without a synced content would lose, the content shows.
 */
export function createDisk() {
  const files = new Map<string, File>()

  function change(event: Change): void {
    const known = files.get(event.path)
    const file = known && !known.isLeaving ? known : { safe: Buffer.alloc(0), since: [], isLeaving: false }
    file.since.push(event)
    files.set(event.path, file)
  }

  function sync(path: string): void {
    const file = files.get(path)
    if (file) files.set(path, { ...file, safe: after(file.safe, file.since), since: [] })
    const isBelow = (name: string) => name.startsWith(`${path}/`) // where it is a folder
    for (const [name, { isLeaving }] of files) if (isLeaving && isBelow(name)) files.delete(name)
  }

  return {
    do(event: WriteEvent): void {
      if (event.kind === 'write' || event.kind === 'truncate') change(event)
      else if (event.kind === 'sync') sync(event.path)
      else if (event.kind === 'unlink') {
        const file = files.get(event.path)
        if (file) file.isLeaving = true
      } else if (event.kind === 'rename') {
        const file = files.get(event.from)
        if (file) files.set(event.to, file)
        files.delete(event.from)
      }
    },

    /** Lays down in `folder` what may be left if the power goes now. */
    cut(folder: string, random: Random): void {
      mkdirSync(folder, { recursive: true })
      for (const [path, { safe, since, isLeaving }] of files) {
        if (isLeaving && random.below(2) === 0) continue
        const luck = random.below(4) // nothing, everything, or a piece of it
        const kept = luck === 0 ? [] : luck === 1 ? since : since.flatMap((change) => torn(change, random))
        writeFileSync(join(folder, basename(path)), after(safe, kept))
      }
    },
  }
}

function after(before: Buffer, changes: Change[]): Buffer {
  const endOf = (change: Change) => (change.kind === 'write' ? change.offset + change.bytes.length : change.length)
  const content = Buffer.alloc(Math.max(before.length, ...changes.map(endOf)))
  before.copy(content)
  let length = before.length
  for (const change of changes) {
    if (change.kind === 'write') change.bytes.copy(content, change.offset)
    else content.fill(0, change.length)
    length = change.kind === 'write' ? Math.max(length, endOf(change)) : change.length
  }
  return content.subarray(0, length)
}

/** Some of the sectors of a write, perhaps none. */
function torn(change: Change, random: Random): Change[] {
  if (random.below(3) === 0) return []
  if (change.kind === 'truncate' || random.below(2) === 0) return [change]
  const sectors: Change[] = []
  for (let at = 0; at < change.bytes.length; at += SECTOR) {
    const bytes = change.bytes.subarray(at, at + SECTOR)
    if (random.below(2) === 0) sectors.push({ ...change, offset: change.offset + at, bytes })
  }
  return sectors
}
