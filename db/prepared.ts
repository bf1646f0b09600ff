import type { Compilable, CompiledQuery } from 'kysely'
import { deadlockGuard, refuseBesideTransaction } from './driver.ts'
import type { Executor } from './open.ts'

/** Stands in a query for a value that comes later. */
class Placeholder {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/**
 * A query that is the same every time but for its values, of which none is left out: it is built and put into words once, at
 * its first use, which takes longer than SQLite takes to run it. For what each update and each job goes through.
 */
export function prepared<Values extends Record<string, unknown>, Result>(
  build: (db: Executor, values: Values) => Compilable<Result>,
): (db: Executor, values: Values) => Promise<Result[]> {
  const placeholders = new Proxy({} as Values, { get: (_, name) => new Placeholder(String(name)) })
  let template: ReturnType<Compilable<Result>['compile']> | undefined
  return async (db, values) => {
    if (db.getExecutor().plugins.includes(deadlockGuard)) refuseBesideTransaction()
    template ??= build(db, placeholders).compile()
    const parameters = template.parameters.map((value) => (value instanceof Placeholder ? values[value.name] : value))
    return (await db.executeQuery<Result>({ ...template, parameters } as CompiledQuery<Result>)).rows
  }
}
