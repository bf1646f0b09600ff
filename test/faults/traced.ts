import { existsSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import type { Rig } from './rig.ts'

/**
 * Lets the next boots run under strace. What it is asked for holds for each thread of the process by itself. The service
 * ends with it, when a test is cut off.
 */
export function trace(house: Rig, ...options: string[]): void {
  house.run.wrapper = ['strace', '-f', '-qq', ...options, 'setpriv', '--pdeathsig', 'KILL']
}

/** The next boots run without. */
export function untrace(house: Rig): void {
  house.run.wrapper = undefined
}

/** Kills the traced process itself: without strace it would live on. */
export async function killTraced(house: Rig): Promise<void> {
  if (existsSync(house.file)) {
    const db = new Sqlite(house.file, { readonly: true })
    const pid = db.prepare('SELECT pid FROM boots ORDER BY rowid DESC LIMIT 1').pluck().get() as number | undefined
    db.close()
    try {
      if (pid) process.kill(pid, 'SIGKILL')
    } catch {} // it has ended
  }
  await house.ended().catch(() => {})
}
