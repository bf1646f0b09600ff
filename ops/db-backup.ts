// npm run db:backup -- FILE: copies the database to FILE, beside the running service too, and verifies the copy.
import { resolve } from 'node:path'
import { backUp } from '../db/backup.ts'
import { DatabaseRefused, toRefusal } from '../db/storage-errors.ts'
import { readConfiguration } from './doctor/configuration.ts'

const print = (line: string) => process.stdout.write(`${line}\n`)

process.exitCode = (await backup(process.argv[2])) ? 0 : 1

async function backup(named: string | undefined): Promise<boolean> {
  if (!named) {
    print('Name the file to be written: npm run db:backup -- FILE')
    return false
  }
  const { databaseFile } = readConfiguration(process.env).config
  const to = resolve(named)
  try {
    const { bytes, rows } = await backUp(databaseFile, to)
    print(`${to} holds the database as it was just now, and is whole: ${bytes} bytes, ${rows.get('background_jobs')} jobs.`)
    return true
  } catch (error) {
    const refusal = toRefusal(databaseFile, error)
    if (!(refusal instanceof DatabaseRefused)) throw refusal
    print(refusal.message)
    return false
  }
}
