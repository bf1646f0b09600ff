import Sqlite from 'better-sqlite3'
import type { House } from './build.ts'

/** Adds a call to a model beside the service, as an operator's shell would. */
export function spend({ file }: Pick<House, 'file'>, call: { user_id: number; at: string } & Record<string, unknown>): void {
  const row: Record<string, unknown> = { kind: 'chat', model: 'claude-sonnet-5-5', ...call }
  const names = Object.keys(row)
  const db = new Sqlite(file)
  const values = names.map((name) => `:${name}`)
  db.prepare(`INSERT INTO model_calls (${names.join(', ')}) VALUES (${values.join(', ')})`).run(row)
  db.close()
}
