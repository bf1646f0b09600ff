import fp from 'fastify-plugin'
import { removeOldCopies } from '../../db/copies.ts'
import type { Stores } from '../../db/open.ts'

/** Telegram sends an update again for a day; an id is kept for twice as long. */
const KEPT_MS = 48 * 60 * 60_000
const EVERY_MS = 60 * 60_000
const DAY_MS = 24 * 60 * 60_000
/** Copies from before a migration hold what was forgotten since, so they do not stay for ever. */
const COPIES_KEPT_MS = 7 * DAY_MS
/** So many at a time: each piece is one short transaction. */
const PIECE = 500

/** Forgets updates that are done with, copies that are old, and what is past the retention, once the service listens and every hour. */
export default fp(
  async (app) => {
    const { db, config, log } = app
    const ago = (ms: number) => new Date(Date.now() - ms)

    async function pruneUpdates(): Promise<void> {
      const before = ago(KEPT_MS).toISOString()
      while (!app.isClosing && (await db.updates.prune(before, PIECE)) === PIECE);
    }

    async function pruneToRetention(days: number): Promise<void> {
      const before = ago(days * DAY_MS).toISOString()
      const wholly = async (piece: (stores: Stores) => Promise<number>) => {
        let removed = 0
        while (!app.isClosing) {
          const count = await db.transaction(piece)
          if (count === 0) break
          removed += count
        }
        return removed
      }
      const jobs = await wholly(async ({ retention, traces }) => {
        const removed = await retention.pruneJobs(before)
        if (removed > 0) await traces.owe()
        return removed
      })
      const turns = await wholly(({ retention }) => retention.pruneTurns(before))
      const marks = await wholly(({ retention }) => retention.pruneMarks(before))
      const deliveries = await wholly(({ retention }) => retention.pruneDeliveries(before))
      if (jobs + turns + marks + deliveries > 0) log.info({ jobs, turns, deliveries }, 'What is past the retention was removed')
    }

    async function prune(): Promise<void> {
      await pruneUpdates()
      if (config.retentionDays !== undefined) await pruneToRetention(config.retentionDays)
      removeOldCopies(config.databaseFile, ago(COPIES_KEPT_MS))
      await db.eraseTraces() // also after a crash that came between a removal and this
    }
    const pruneOrTell = () => prune().catch((err) => log.error({ err }, 'What is old could not be removed'))

    let timer: NodeJS.Timeout | undefined
    let current = Promise.resolve()
    app.addHook('onListen', () => {
      current = pruneOrTell()
      timer = setInterval(() => {
        current = pruneOrTell()
      }, EVERY_MS)
    })
    app.addHook('onClose', async () => {
      clearInterval(timer)
      await current
    })
  },
  { name: 'pruning', dependencies: ['database'] },
)
