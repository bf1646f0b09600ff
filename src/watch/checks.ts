import type { Database } from '../../db/open.ts'
import type { WebhookStanding } from '../telegram/webhook-standing.ts'
import type { ClaudeHealth } from './claude-health.ts'
import { bytesInWords, spaceAt } from './space.ts'
import type { Check, Finding } from './watch.ts'

/** Less than this is too little, whichever is more. */
const LEAST_FREE_BYTES = 200_000_000
const LEAST_FREE_SHARE = 0.05

export interface CheckParts {
  db: Pick<Database, 'jobs' | 'deliveries'>
  /** Writes something that is no loss, and rejects where the database does not take it. */
  write: () => Promise<unknown>
  databaseFile: string
  webhook: () => Promise<WebhookStanding | undefined>
  claude: () => ClaudeHealth
  /** How long a job may run. */
  jobTimeoutMs: number
  /** Whether no job is to begin just now. */
  isDraining: () => boolean
  /** An age, or an error, counts up to here: see createWatch. */
  patienceMs: number
}

const right: Finding = { is: 'right' }

/** Everything that its owner is told of when it stays wrong. */
export function createChecks(parts: CheckParts): Check[] {
  const { db, write, databaseFile, webhook, claude, jobTimeoutMs, isDraining, patienceMs } = parts
  const isOld = (since: Date, now: Date) => now.getTime() - since.getTime() >= patienceMs
  /** How much waited at Telegram at the last look; while it is wrong, before that began. */
  let waiting: number | undefined

  return [
    {
      name: 'database',
      trouble: 'The database has taken no writes',
      again: 'The database takes writes again',
      look: () =>
        write().then(
          () => right,
          (error) => ({ is: 'wrong', detail: String(error?.code ?? 'for no reason given') }),
        ),
    },
    {
      name: 'delivery',
      trouble: 'Messages have waited to be sent',
      again: 'Messages are sent again',
      // What Telegram asked to hold back by a retry_after waits for Telegram.
      async look(now) {
        const oldest = await db.deliveries.oldestPending()
        const since = oldest && new Date(oldest.waitsForUsSince)
        return since && isOld(since, now) ? { is: 'wrong', since } : right
      },
    },
    {
      name: 'webhook',
      trouble: 'Telegram could not deliver what people write',
      again: 'Telegram delivers what people write again',
      // Telegram tells of an error for good: it counts while it is young and more and more waits.
      async look(now) {
        const standing = await webhook()
        if (!standing) return { is: 'unknown' }
        const { pending, lastError } = standing
        const isYoung = lastError !== undefined && !isOld(lastError.at, now)
        if (isYoung && waiting !== undefined && pending > waiting) {
          return { is: 'wrong', detail: `${pending} waiting; ${lastError.message}` }
        }
        const isFirst = waiting === undefined // and may be in the midst of it: then the next look tells
        waiting = pending
        return isYoung && isFirst && pending > 0 ? { is: 'unknown' } : right
      },
    },
    {
      name: 'claude',
      trouble: 'Claude has failed every call',
      again: 'Claude answers again',
      async look() {
        const health = claude()
        return health.is === 'failing' ? { is: 'wrong', since: health.since, detail: `the last one: ${health.status}` } : health
      },
    },
    {
      name: 'disk',
      trouble: 'The disk has been nearly full',
      again: 'The disk has room again',
      async look() {
        const { freeBytes, totalBytes } = await spaceAt(databaseFile)
        const isLittle = freeBytes < LEAST_FREE_BYTES || freeBytes < totalBytes * LEAST_FREE_SHARE
        return isLittle ? { is: 'wrong', detail: `${bytesInWords(freeBytes)} free of ${bytesInWords(totalBytes)}` } : right
      },
    },
    {
      name: 'queue',
      trouble: 'The job queue has stood still',
      again: 'The job queue moves again',
      async look(now) {
        if (isDraining()) return { is: 'unknown' }
        const { queued, running, runningSince } = await db.jobs.load()
        if (queued > 0 && running === 0) return { is: 'wrong', detail: `${queued} waiting, none running` }
        const overdueSince = runningSince ? new Date(Date.parse(runningSince) + jobTimeoutMs) : undefined
        const isOverdue = overdueSince !== undefined && isOld(overdueSince, now)
        return isOverdue ? { is: 'wrong', since: overdueSince, detail: 'a job runs beyond its deadline' } : right
      },
    },
  ]
}
