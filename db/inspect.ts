import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { APPLICATION_ID, SCHEMA_VERSION } from './identity.ts'
import { DatabaseRefused, RESTORE } from './storage-errors.ts'

/** The beginning of every SQLite file; https://www.sqlite.org/fileformat2.html names the offsets that are read here. */
const MAGIC = 'SQLite format 3\0'
const HEADER_BYTES = 100
const WAL_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24

/**
 * Looks at a database file before SQLite does, and changes nothing. The cost does not depend on its size.
 * @param access 'r' where it is only to be read.
 * @returns whether there is one.
 * @throws {DatabaseRefused} when what is there is not the whole database of a Remy.
 */
export function inspectFile(file: string, access: 'r' | 'r+' = 'r+'): boolean {
  const wal = `${file}-wal`
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found) {
    const left = [wal, `${file}-journal`].find((path) => existsSync(path))
    if (left === undefined) return false
    const remedy = `Put the file back, or move the ${left.slice(file.length)} away to begin anew.`
    throw new DatabaseRefused(file, `is missing, though ${left} stands there with what belongs to it`, remedy)
  }
  if (found.isDirectory()) throw new DatabaseRefused(file, 'is a folder', 'Name a file in DATABASE_URL.')
  if (found.size === 0) {
    throw new DatabaseRefused(file, 'is empty (0 bytes)', 'Put a backup in its place, or delete it to begin anew.')
  }
  const handle = openSync(file, access) // throws where it cannot be opened so
  try {
    checkHeader(file, wal, read(handle, 0, HEADER_BYTES), found.size)
  } finally {
    closeSync(handle)
  }
  return true
}

function checkHeader(file: string, wal: string, header: Buffer, size: number): void {
  if (header.subarray(0, MAGIC.length).toString('latin1') !== MAGIC.slice(0, header.length)) {
    throw new DatabaseRefused(file, 'is not a database', `${RESTORE} Or name another file in DATABASE_URL.`)
  }
  if (size < HEADER_BYTES) throw cutShort(file, size, HEADER_BYTES)
  const stored = header.readUInt16BE(16)
  const pageSize = stored === 1 ? 65_536 : stored
  const isPowerOfTwo = pageSize >= 512 && (pageSize & (pageSize - 1)) === 0
  if (!isPowerOfTwo) throw new DatabaseRefused(file, 'is damaged (its header makes no sense)', RESTORE)

  const counts = header.readUInt32BE(24) === header.readUInt32BE(92)
  const pages = counts ? header.readUInt32BE(28) : Math.ceil(size / pageSize)
  const there = Math.floor(size / pageSize)
  // What a checkpoint had not yet brought into the file may stand in the log.
  if (there < pages && !isInLog(wal, pageSize, there + 1, pages)) throw cutShort(file, size, pages * pageSize)

  const id = header.readUInt32BE(68)
  const mayBeInLog = id === 0 && existsSync(wal) && statSync(wal).size > 0
  if (id !== APPLICATION_ID && !mayBeInLog) throw foreign(file)
}

/** Whether the write-ahead log holds committed versions of all pages from `first` to `last`. */
function isInLog(wal: string, pageSize: number, first: number, last: number): boolean {
  if (!existsSync(wal)) return false
  const handle = openSync(wal, 'r')
  try {
    const { size } = fstatSync(handle)
    const salts = read(handle, 16, 8)
    const committed = new Set<number>()
    let transaction: number[] = []
    for (let at = WAL_HEADER_BYTES; at + FRAME_HEADER_BYTES + pageSize <= size; at += FRAME_HEADER_BYTES + pageSize) {
      const frame = read(handle, at, FRAME_HEADER_BYTES)
      if (!frame.subarray(8, 16).equals(salts)) break // of an earlier round of the log
      transaction.push(frame.readUInt32BE(0))
      if (frame.readUInt32BE(4) === 0) continue
      for (const page of transaction) committed.add(page)
      transaction = []
    }
    for (let page = first; page <= last; page++) if (!committed.has(page)) return false
    return true
  } finally {
    closeSync(handle)
  }
}

/** The same questions to SQLite, which knows of what is still in the log. @throws {DatabaseRefused} */
export function checkIdentity(file: string, pragma: (name: string) => unknown): void {
  if (pragma('application_id') !== APPLICATION_ID) throw foreign(file)
  const version = Number(pragma('user_version'))
  if (version <= SCHEMA_VERSION) return
  const what = `was written by a newer Remy (schema ${version}, and this one knows ${SCHEMA_VERSION})`
  throw new DatabaseRefused(file, what, `Start that version again, or put the copy ${file}.before-… in its place.`)
}

function read(handle: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(handle, bytes, 0, length, at))
}

function cutShort(file: string, size: number, expected: number): DatabaseRefused {
  return new DatabaseRefused(file, `is cut short (${size} of ${expected} bytes)`, RESTORE)
}

function foreign(file: string): DatabaseRefused {
  return new DatabaseRefused(
    file,
    'belongs to another program',
    'Name another file in DATABASE_URL; this one is left as it is.',
  )
}
