import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Deed } from './write-log.ts'

const SECTOR = 512

/** How much of what was written and not synced survives. */
export type Mercy = 'nothing' | 'some writes' | 'some sectors'

interface DiskFile {
  /** What a sync has made safe. */
  safe: Buffer
  /** What was done since, which may or may not have reached the disk, in any order. */
  since: (Deed & { kind: 'write' | 'truncate' })[]
  /** Unlinked, and the folder not synced since. */
  isLeaving: boolean
}

/**
 * A disk that keeps what was synced and nothing else for certain. Files that were created or renamed are taken to be there
 * without a sync of their folder: ext4 and XFS commit a new name with the first fsync of its file.
 */
export function createDisk(folder: string) {
  const files = new Map<string, DiskFile>()
  const fresh = (): DiskFile => ({ safe: Buffer.alloc(0), since: [], isLeaving: false })

  function fileOf(path: string): DiskFile {
    const file = files.get(path) ?? fresh()
    files.set(path, file)
    return file
  }

  return {
    /** Does what the process did. */
    do(deed: Deed): void {
      if (deed.kind === 'said') return
      const known = files.get(deed.path)
      switch (deed.kind) {
        case 'create':
          if (!known || known.isLeaving || deed.truncates) files.set(deed.path, fresh())
          return
        case 'write':
        case 'truncate':
          if (deed.kind === 'write' && Number.isNaN(deed.at))
            throw new Error(`Written in a way that is not replayed: ${deed.path}`)
          fileOf(deed.path).since.push(deed)
          return
        case 'sync':
          if (deed.path === folder) for (const [path, { isLeaving }] of files) isLeaving && files.delete(path)
          if (known) Object.assign(known, { safe: after(known.safe, known.since), since: [] })
          return
        case 'rename':
          if (known) files.set(deed.to, known)
          files.delete(deed.path)
          return
        case 'unlink':
          if (known) known.isLeaving = true
      }
    },

    /** Lays down in `target` what a power cut at this moment leaves. Shared memory (-shm) is gone with the power. */
    cut(target: string, mercy: Mercy, random: () => number): void {
      mkdirSync(target, { recursive: true })
      for (const [path, { safe, since, isLeaving }] of files) {
        if (path.endsWith('-shm') || (isLeaving && random() < 0.5)) continue
        writeFileSync(join(target, relative(folder, path)), after(safe, survivors(since, mercy, random)))
      }
    },
  }
}

function survivors(since: DiskFile['since'], mercy: Mercy, random: () => number): DiskFile['since'] {
  if (mercy === 'nothing') return []
  const share = random() // of this file: from nearly nothing to nearly all
  return since.flatMap((deed) => {
    if (mercy === 'some writes' || deed.kind === 'truncate') return random() < share ? [deed] : []
    const sectors: DiskFile['since'] = []
    for (let start = 0; start < deed.bytes.length; start += SECTOR) {
      const bytes = deed.bytes.subarray(start, start + SECTOR)
      if (random() < share) sectors.push({ ...deed, at: deed.at + start, bytes })
    }
    return sectors
  })
}

function after(before: Buffer, deeds: DiskFile['since']): Buffer {
  if (deeds.length === 0) return before
  const ends = deeds.map((deed) => (deed.kind === 'write' ? deed.at + deed.bytes.length : deed.length))
  const bytes = Buffer.alloc(Math.max(before.length, ...ends)) // what lies between is zeros
  before.copy(bytes)
  let length = before.length
  for (const deed of deeds) {
    if (deed.kind === 'truncate') {
      bytes.fill(0, deed.length)
      length = deed.length
    } else {
      deed.bytes.copy(bytes, deed.at)
      length = Math.max(length, deed.at + deed.bytes.length)
    }
  }
  return bytes.subarray(0, length)
}

/** Random numbers from 0 to 1 that come again with their seed: mulberry32, which is enough to choose what is lost. */
export function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
