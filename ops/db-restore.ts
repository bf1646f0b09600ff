// npm run db:restore -- FILE: lays a backup beside the database for the next boot to take. The running service goes on.
import { resolve } from 'node:path'
import Sqlite from 'better-sqlite3'
import { contentsOf, lackOf, reachOf } from '../db/contents.ts'
import { stageRestore } from '../db/restore.ts'
import { DatabaseRefused } from '../db/storage-errors.ts'
import { readConfiguration } from './doctor/configuration.ts'

const print = (line: string) => process.stdout.write(`${line}\n`)

process.exitCode = (await restore(process.argv[2])) ? 0 : 1

async function restore(named: string | undefined): Promise<boolean> {
  if (!named) {
    print('Name the backup to be restored: npm run db:restore -- FILE')
    return false
  }
  const { databaseFile } = readConfiguration(process.env).config
  const backup = resolve(named)
  try {
    const copy = await stageRestore(backup, databaseFile)
    print(`${backup} is whole. It holds ${reachOf(copy)}.`)
    print(lackOfNow(databaseFile, copy))
    print(`It waits as ${databaseFile}.restore. The next boot puts it in the place of the database, which is kept for a week`)
    print(`as ${databaseFile}.replaced-…; delete it to leave all as it is.`)
    return true
  } catch (error) {
    if (!(error instanceof DatabaseRefused)) throw error
    print(error.message)
    return false
  }
}

/** Beside the running service, and changes nothing. */
function lackOfNow(file: string, copy: ReturnType<typeof contentsOf>): string {
  const what = 'What came after that is not in it'
  try {
    const sqlite = new Sqlite(file, { readonly: true, fileMustExist: true })
    try {
      const lack = lackOf(copy, contentsOf(sqlite))
      return lack ? `${what}; of what the present database holds: ${lack}.` : 'The present database holds nothing newer.'
    } finally {
      sqlite.close()
    }
  } catch {
    return `${what}. The present database cannot be read, so its numbers may be given once more.`
  }
}
