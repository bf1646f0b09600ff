import type Sqlite from 'better-sqlite3'

/** What a database holds, as far as it tells one copy from a later one. Times are ISO 8601 UTC. */
export interface Contents {
  jobs: number
  newestJob: { id: number; createdAt: string } | null
  newestUpdateAt: string | null
  /** The last number that each table has given, used or not. */
  numbers: ReadonlyMap<string, number>
}

export function contentsOf(sqlite: Sqlite.Database): Contents {
  const one = (source: string) => sqlite.prepare(source).get()
  // Each cast names the columns of its line.
  const { jobs } = one('SELECT count(*) AS jobs FROM background_jobs') as { jobs: number }
  const newest = one('SELECT id, created_at AS createdAt FROM background_jobs ORDER BY id DESC LIMIT 1')
  const update = one('SELECT received_at AS at FROM updates ORDER BY id DESC LIMIT 1') as { at: string } | undefined
  const numbers = sqlite.prepare('SELECT name, seq FROM sqlite_sequence').all() as { name: string; seq: number }[]
  return {
    jobs,
    newestJob: (newest as { id: number; createdAt: string } | undefined) ?? null,
    newestUpdateAt: update?.at ?? null,
    numbers: new Map(numbers.map(({ name, seq }) => [name, seq])),
  }
}

/** How far a copy goes, in a sentence. */
export function reachOf({ jobs, newestJob, newestUpdateAt }: Contents): string {
  const job = newestJob ? `${jobs} jobs, the newest #${newestJob.id} of ${newestJob.createdAt}` : 'no jobs'
  const update = newestUpdateAt ? `the last update came at ${newestUpdateAt}` : 'no updates'
  return `${job}; ${update}`
}

/** What was numbered after a copy was made and is not in it, in a sentence; undefined where nothing is lacking. */
export function lackOf(copy: Contents, before: Contents): string | undefined {
  const spans = Object.entries({ jobs: 'background_jobs', updates: 'updates', messages: 'messages', deliveries: 'deliveries' })
  const lacking = spans.flatMap(([name, table]) => {
    const [from, to] = [(copy.numbers.get(table) ?? 0) + 1, before.numbers.get(table) ?? 0]
    if (to < from) return []
    const mark = name === 'jobs' ? '#' : ''
    return from === to ? `${name} ${mark}${from}` : `${name} ${mark}${from} to ${mark}${to}`
  })
  return lacking.length > 0 ? lacking.join(', ') : undefined
}
