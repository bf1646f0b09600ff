import { existsSync } from 'node:fs'
import { open, rm, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describeHolder, takeLock } from '../../db/lock.ts'
import { doubtful, type Finding, failed, good } from './finding.ts'

const MEGABYTE = 1_000_000
const TOO_LITTLE = 200 * MEGABYTE
const LITTLE = 1_000 * MEGABYTE
/** In place of a user id where there are none, as on Windows. */
const NO_USERS = -1

/** Whether this user can keep the database there. Leaves nothing behind. */
export async function checkFolder(file: string): Promise<Finding> {
  const folder = dirname(file)
  const existing = firstExisting(folder)
  const me = process.getuid?.() ?? NO_USERS
  try {
    const found = await stat(existing)
    if (!found.isDirectory()) return failed(`${existing} is no folder`, 'Name another file in DATABASE_URL')
    const owners = await othersOf(file, me)
    if (owners.length > 0) {
      const remedy = `Hand it to the user of the service: chown -R ${me} ${folder}. Or run this check as that user`
      return failed(`${owners.join(' and ')}; this is user ${me}`, remedy)
    }
    await probe(existing)
    if (existing === folder && found.uid !== me && me !== NO_USERS) {
      return doubtful(`${folder} can be written, and belongs to user ${found.uid}; this is user ${me}`)
    }
    return good(existing === folder ? `${folder} can be written` : `${folder} can be made`)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const remedy = `Make ${folder} and give it to user ${me}, or name another file in DATABASE_URL`
    return failed(`${existing} cannot be written by this user (${code})`, remedy)
  }
}

export async function checkSpace(file: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(firstExisting(dirname(file)))
  return judgeSpace(bavail * bsize)
}

export function judgeSpace(bytes: number): Finding {
  const text = `${bytes < 10_000 * MEGABYTE ? `${Math.floor(bytes / MEGABYTE)} MB` : `${Math.floor(bytes / 1_000 / MEGABYTE)} GB`} free`
  const remedy = 'Make room where the database is: when the disk is full, Remy takes no messages'
  if (bytes < TOO_LITTLE) return failed(text, remedy)
  return bytes < LITTLE ? doubtful(text, remedy) : good(text)
}

/** Only information. The lock is held for a moment where nobody else has it. */
export function checkLock(file: string): Finding {
  try {
    if (!existsSync(file)) return doubtful('not made yet; the service makes it when it starts')
    const release = existsSync(`${file}.lock`) ? takeLock(file) : () => {}
    release?.()
    return release ? doubtful('no service holds it') : good(`a service holds it: ${describeHolder(file)}`)
  } catch {
    return doubtful('not told whether a service holds it')
  }
}

function firstExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : firstExisting(dirname(folder))
}

/** The files of the database that belong to somebody else. */
async function othersOf(file: string, uid: number): Promise<string[]> {
  const files = ['', '-wal', '-shm', '.lock'].map((ending) => file + ending).filter(existsSync)
  const owners = await Promise.all(files.map(async (path) => ({ path, uid: (await stat(path)).uid })))
  const others = owners.filter((owner) => uid !== NO_USERS && owner.uid !== uid)
  return others.map((owner) => `${basename(owner.path)} belongs to user ${owner.uid}`)
}

async function probe(folder: string): Promise<void> {
  const path = join(folder, `.remy-doctor-${process.pid}`)
  const handle = await open(path, 'wx')
  try {
    await handle.writeFile('may be deleted')
  } finally {
    await handle.close()
    await rm(path, { force: true })
  }
}
