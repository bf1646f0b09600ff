import { lastBackup } from '../../db/copies.ts'
import type { Database } from '../../db/open.ts'
import type { Row } from '../../db/schema.ts'
import { elapsed, type LocalTime } from '../local-time.ts'
import { budgetInDollars, dollars } from '../telegram/usage-in-words.ts'
import type { WebhookStanding } from '../telegram/webhook-standing.ts'
import { lastWordsOf } from './last-words.ts'
import { bytesInWords, sizeOf, spaceAt } from './space.ts'

const HOUR_MS = 60 * 60_000

interface Parts {
  db: Database
  boot: Pick<Row<'boots'>, 'id' | 'version' | 'startedAt'>
  commit: string
  databaseFile: string
  /** In millionths of a US dollar; undefined where there is none. */
  monthlyBudgetMicros: number | undefined
  localTime: LocalTime
  webhook: () => Promise<WebhookStanding | undefined>
  /** What stays wrong, as sentences without a full stop. */
  troubles: () => string[]
}

/** How the service is, for its owner, in words. */
export function createStatusReport(parts: Parts) {
  const { db, boot, commit, databaseFile, monthlyBudgetMicros, localTime, webhook, troubles } = parts
  const ago = (iso: string) => `${localTime.short(iso)}, ${spanSince(iso)} ago`

  /** Why the process before this one ended. */
  async function endOf(before: Row<'boots'> | undefined): Promise<string> {
    if (!before) return 'there was none'
    const { stopSignal, endedAt, lastSeenAt } = before
    if (stopSignal) return `ended by ${stopSignal}${endedAt ? `, ${localTime.short(endedAt)}` : ''}`
    if (endedAt) return `ended by itself, ${localTime.short(endedAt)}`
    const words = await lastWordsOf(db, before.id)
    const why = words ? `ended by an error (${words})` : 'gone without a word (a crash, or a kill)'
    return `${why}; last seen ${localTime.short(lastSeenAt)}`
  }

  function webhookInWords({ pending, lastError }: WebhookStanding): string {
    const error = lastError ? `last error ${ago(lastError.at.toISOString())}: ${lastError.message}` : 'no error'
    return `${pending} pending, ${error}`
  }

  return async function reportStatus(): Promise<string> {
    const [load, pending, oldest, spent, standing, space, end] = await Promise.all([
      db.jobs.load(),
      db.deliveries.countPending(),
      db.deliveries.oldestPending(),
      db.modelCalls.spentSince(localTime.startOfMonth()),
      webhook(),
      spaceAt(databaseFile),
      db.boots.before(boot.id).then(endOf),
    ])
    const backup = lastBackup(databaseFile)
    const unsent = [...pending.values()].reduce((sum, count) => sum + count, 0)
    const budget = monthlyBudgetMicros === undefined ? '' : ` of ${budgetInDollars(monthlyBudgetMicros)}`
    return [
      ...troubles().map((trouble) => `⚠️ ${trouble}.`),
      `🩺 Remy ${boot.version}${commit === 'unknown' ? '' : `, commit ${commit.slice(0, 12)}`}`,
      `Up since ${localTime.short(boot.startedAt)} (${spanSince(boot.startedAt)})`,
      `The process before: ${end}`,
      `Jobs: ${load.running} running, ${load.queued} queued`,
      `Unsent messages: ${oldest ? `${unsent}, the oldest from ${ago(oldest.since)}` : 'none'}`,
      `Webhook: ${standing ? webhookInWords(standing) : 'Telegram does not answer'}`,
      `Disk: ${bytesInWords(space.freeBytes)} free of ${bytesInWords(space.totalBytes)}, the database has ${bytesInWords(sizeOf(databaseFile))}`,
      `Last backup: ${backup ? ago(backup.toISOString()) : 'none'}`,
      `This month: ${dollars(spent)}${budget}, over everyone`,
    ].join('\n')
  }
}

/** `3 min 20 s`, `5 days`. */
function spanSince(iso: string): string {
  const hours = Math.floor((Date.now() - Date.parse(iso)) / HOUR_MS)
  return hours < 48 ? elapsed(iso, new Date().toISOString()) : `${Math.floor(hours / 24)} days`
}
