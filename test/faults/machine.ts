import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const run = (command: string, ...parameters: string[]) => execFileSync(command, parameters, { stdio: 'pipe' })

function works(attempt: () => void): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

/** What this machine allows: root passes file modes, so a file is made read-only by chattr, and small disks are mounted. */
export const can = {
  mount: works(() => smallDisk(1)[Symbol.dispose]()),
  immutable: works(() => {
    const folder = mkdtempSync(join(tmpdir(), 'remy-chattr-'))
    immutable(folder)[Symbol.dispose]()
    rmSync(folder, { recursive: true })
  }),
  strace: works(() => run('strace', '-f', '-e', 'trace=none', 'true')),
}

/** A disk of so many megabytes, which can be filled to the last byte. */
export function smallDisk(megabytes: number) {
  const path = mkdtempSync(join(tmpdir(), 'remy-disk-'))
  run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path)
  const filling = join(path, 'filling')
  mkdirSync(filling)
  let files = 0
  const fill = () => {
    const { bavail, bsize } = statfsSync(path)
    try {
      if (bavail > 0) writeFileSync(join(filling, `${files++}`), Buffer.alloc(bavail * bsize))
    } catch (error) {
      if (!String(error).includes('ENOSPC')) throw error // somebody else has taken some of it meanwhile: it is full
    }
  }
  return {
    path,
    /** Takes all the room that is left. */
    fill,
    makeRoom: () => rmSync(filling, { recursive: true, force: true }),
    [Symbol.dispose](): void {
      run('umount', '-l', path)
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** A file or folder that nobody can change, root neither. */
export function immutable(path: string) {
  run('chattr', '+i', path)
  return {
    [Symbol.dispose](): void {
      run('chattr', '-i', path)
    },
  }
}
