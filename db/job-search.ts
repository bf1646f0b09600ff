import { sql } from 'kysely'
import type { Status } from '../src/jobs/lifecycle.ts'
import type { Executor } from './open.ts'
import type { Row } from './schema.ts'

/** What is looked for among jobs. `beforeId` and `afterId` are exclusive; times are ISO 8601 UTC. */
export interface JobSearch {
  words?: readonly string[] | undefined
  statuses?: readonly Status[] | undefined
  jobType?: string | undefined
  beforeId?: number | undefined
  afterId?: number | undefined
  since?: string | undefined
  until?: string | undefined
  limit: number
}

/** Half of all words begin with the same letter or two: such a beginning would be looked up in everybody's. */
const SHORTEST_BEGINNING = 3

const matches = (expression: string) => sql<boolean>`jobs_search MATCH ${expression}`

/** The words in what a person looks for, without what only holds a sentence together by its signs. */
export function searchWords(query: string): string[] {
  return [...new Set(query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])]
}

/** A person, or everybody for operators. */
type Whose = number | undefined

/** Finds jobs, newest first; a person's at the same cost however many there are. */
export async function findJobs(db: Executor, userId: Whose, { words, ...search }: JobSearch): Promise<Row<'backgroundJobs'>[]> {
  if (words === undefined) return findMatching(db, userId, undefined, search)
  if (words.length === 0) return []
  // Mostly all of them are there as they stand: whether there is a wider way needs to be asked only where nothing is found.
  const narrowest = amongEntries(userId, words.map(exactly).join(' AND '))
  const found = await findMatching(db, userId, narrowest, search)
  if (found.length > 0) return found
  const match = await expressionFor(db, userId, words)
  return match === undefined || match === narrowest ? [] : findMatching(db, userId, match, search)
}

/** `match` is an expression of FTS5; without one, all are looked at. */
async function findMatching(
  db: Executor,
  userId: Whose,
  match: string | undefined,
  { statuses, jobType, beforeId, afterId, since, until, limit }: Omit<JobSearch, 'words'>,
): Promise<Row<'backgroundJobs'>[]> {
  const from = since === undefined ? 0 : await edge(db, userId, 'since', since)
  const to = until === undefined ? Number.POSITIVE_INFINITY : await edge(db, userId, 'until', until)
  if (from === undefined || to === undefined) return []

  const jobs = match
    ? db
        .selectFrom('jobsSearch')
        .crossJoin('backgroundJobs') // in this order, whatever SQLite makes of the rest
        .selectAll('backgroundJobs')
        .whereRef('backgroundJobs.id', '=', 'jobsSearch.rowid')
        .where(matches(match))
    : db.selectFrom('backgroundJobs').selectAll()
  const id = sql.ref<number>(match ? 'jobs_search.rowid' : 'background_jobs.id')
  const above = Math.max(from, (afterId ?? -1) + 1)
  const below = Math.min(to, (beforeId ?? Number.POSITIVE_INFINITY) - 1)
  let query = jobs
  if (userId !== undefined) query = query.where('backgroundJobs.userId', '=', userId)
  if (jobType !== undefined) query = query.where('backgroundJobs.jobType', '=', jobType)
  if (above > 0) query = query.where(id, '>=', above)
  if (below < Number.POSITIVE_INFINITY) query = query.where(id, '<=', below)
  if (statuses) query = query.where('backgroundJobs.status', 'in', statuses)
  // Of several states there are few, and each has its own order: they are sorted, rather than looked for among all others.
  const isSorted = statuses !== undefined && statuses.length > 1 && !match
  const direction = afterId === undefined ? 'desc' : 'asc'
  const rows = await query
    .orderBy(isSorted ? sql`+background_jobs.id` : id, direction)
    .limit(limit)
    .execute()
  return direction === 'desc' ? rows : rows.reverse()
}

/** The first job since a time, or the last before it: numbers and times count up together. */
async function edge(db: Executor, userId: Whose, side: 'since' | 'until', at: string): Promise<number | undefined> {
  const [comparison, direction] = side === 'since' ? (['>=', 'asc'] as const) : (['<', 'desc'] as const)
  let jobs = db.selectFrom('backgroundJobs').select('id')
  if (userId !== undefined) jobs = jobs.where('userId', '=', userId)
  return (await jobs.where('createdAt', comparison, at).orderBy('createdAt', direction).limit(1).executeTakeFirst())?.id
}

/** One word, as FTS5 takes it. */
const exactly = (word: string) => `"${word.replaceAll('"', '""')}"`

/** Looks among a person's entries alone. */
function amongEntries(userId: Whose, expression: string): string {
  const whose = userId === undefined ? '' : `user_id : "${userId}" AND `
  return `${whose}{input_text result_text} : (${expression})`
}

/**
 * The narrowest way of looking for words that finds anything at all: entries with all of them, or else with any. A word that
 * stands nowhere is taken for a beginning. The expression is one of FTS5.
 */
async function expressionFor(db: Executor, userId: Whose, words: readonly string[]): Promise<string | undefined> {
  const exists = async (expression: string) =>
    (await db.selectFrom('jobsSearch').select('rowid').where(matches(expression)).limit(1).executeTakeFirst()) !== undefined
  const terms: string[] = []
  for (const word of words) {
    const isKnown = word.length < SHORTEST_BEGINNING || (await exists(amongEntries(userId, exactly(word))))
    terms.push(isKnown ? exactly(word) : `${exactly(word)} *`)
  }
  for (const way of [' AND ', ' OR ']) {
    const expression = amongEntries(userId, terms.join(way))
    if (await exists(expression)) return expression
  }
  return undefined
}
