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
}

/**
 * Lays down in `folder` what a power cut may leave after these events: all that was synced, and of the rest nothing, all,
 * or some of it, torn at sectors. Names are taken to be there once they were made, as journalling file systems have them
 * by the next sync of anything; what a name without a synced content would lose, the content shows.
 */
export function cutAfter(events: WriteEvent[], folder: string, random: Random): void {
  const files = new Map<string, File>()
  const fileAt = (path: string): File => {
    const file = files.get(path) ?? { safe: Buffer.alloc(0), since: [] }
    files.set(path, file)
    return file
  }
  for (const event of events) {
    if (event.kind === 'write' || event.kind === 'truncate') fileAt(event.path).since.push(event)
    else if (event.kind === 'unlink') files.delete(event.path)
    else if (event.kind === 'rename') {
      files.set(event.to, fileAt(event.from))
      files.delete(event.from)
    } else if (event.kind === 'sync' && files.has(event.path)) {
      const file = fileAt(event.path)
      files.set(event.path, { safe: file.since.reduce(apply, file.safe), since: [] })
    }
  }
  mkdirSync(folder, { recursive: true })
  for (const [path, { safe, since }] of files) {
    const luck = random.below(4) // nothing, everything, or a piece of it
    const kept = luck === 0 ? [] : luck === 1 ? since : since.flatMap((change) => torn(change, random))
    writeFileSync(join(folder, basename(path)), kept.reduce(apply, safe))
  }
}

function apply(content: Buffer, change: Change): Buffer {
  if (change.kind === 'truncate')
    return Buffer.concat([content, Buffer.alloc(Math.max(0, change.length - content.length))]).subarray(0, change.length)
  const { offset, bytes } = change
  const grown = Buffer.alloc(Math.max(content.length, offset + bytes.length))
  content.copy(grown)
  bytes.copy(grown, offset)
  return grown
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
