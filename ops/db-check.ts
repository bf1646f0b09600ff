// npm run db:check: reads the whole database, or the file that is named, and says whether it is whole.
import { checkDatabase } from '../db/check.ts'
import { DatabaseRefused, toRefusal } from '../db/storage-errors.ts'
import { readConfiguration } from './doctor/configuration.ts'

const file = process.argv[2] ?? readConfiguration(process.env).config.databaseFile
const print = (line: string) => process.stdout.write(`${line}\n`)

process.exitCode = check() ? 0 : 1

function check(): boolean {
  try {
    const problems = checkDatabase(file)
    for (const problem of problems) print(problem)
    print(problems.length === 0 ? `${file} is whole.` : `${file} is not whole. Put a backup in its place.`)
    return problems.length === 0
  } catch (error) {
    const refusal = toRefusal(file, error)
    if (!(refusal instanceof DatabaseRefused)) throw refusal
    print(refusal.message)
    return false
  }
}
