import type { Boot, End } from '../../db/boots.ts'
import { lastBackup } from '../../db/copies.ts'
import type { Database } from '../../db/open.ts'
import { elapsed, type LocalTime } from '../local-time.ts'
import { dollars } from '../telegram/usage-in-words.ts'
import type { WebhookStanding } from '../telegram/webhook-standing.ts'
import { bytesInWords, sizeOf, spaceAt } from './space.ts'

const END: Record<End, string> = {
  clean: 'it closed by itself',
  signal: 'a signal told it to',
  crash: 'without a word (a crash, or a kill)',
}

interface Parts {
  db: Database
  boot: Boot & { lastEnd: End | null }
  commit: string
  databaseFile: string
  localTime: LocalTime
  webhook: () => Promise<WebhookStanding | undefined>
  /** What stays wrong, as sentences. */
  troubles: () => string[]
}

/** How the service is, for its owner, in words. */
export function createStatusReport({ db, boot, commit, databaseFile, localTime, webhook, troubles }: Parts) {
  return async function reportStatus(): Promise<string> {
    const now = new Date().toISOString()
    const [load, oldest, spent, standing, space] = await Promise.all([
      db.jobs.load(),
      db.deliveries.oldestPending(),
      db.modelCalls.spentSince(localTime.startOfMonth()),
      webhook(),
      spaceAt(databaseFile),
    ])
    const backup = lastBackup(databaseFile)
    const ago = (iso: string) => `${localTime.short(iso)}, ${elapsed(iso, now)} ago`
    return [
      ...troubles().map((trouble) => `⚠️ ${trouble}.`),
      `🩺 Remy ${boot.version}, commit ${commit.slice(0, 12)}`,
      `Up since ${localTime.short(boot.startedAt)} (${elapsed(boot.startedAt, now)})`,
      `The process before it ended: ${boot.lastEnd ? END[boot.lastEnd] : 'there was none'}`,
      `Jobs: ${load.running} running, ${load.queued} queued`,
      `Oldest unsent message: ${oldest ? `from ${ago(oldest.since)}` : 'none'}`,
      `Webhook: ${standing ? webhookInWords(standing, ago) : 'Telegram does not answer'}`,
      `Disk: ${bytesInWords(space.freeBytes)} free of ${bytesInWords(space.totalBytes)}; the database has ${bytesInWords(sizeOf(databaseFile))}`,
      `Last backup: ${backup ? ago(backup.toISOString()) : 'none'}`,
      `This month: ${dollars(spent)}, over everyone`,
    ].join('\n')
  }
}

function webhookInWords({ pending, lastError }: WebhookStanding, ago: (iso: string) => string): string {
  const error = lastError ? `last error ${ago(lastError.at.toISOString())}: ${lastError.message}` : 'no error'
  return `${pending} pending, ${error}`
}
