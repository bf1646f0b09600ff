import { hostname } from 'node:os'
import fp from 'fastify-plugin'
import type { Boot, End } from '../../db/boots.ts'
import { lackOf, reachOf } from '../../db/contents.ts'
import { type Database, openDatabase } from '../../db/open.ts'
import { toRefusal, whenFree } from '../../db/storage-errors.ts'
import { version } from '../version.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: Database
    /** This process, as the `boots` table has it, and how the one before it ended. */
    boot: Boot & { lastEnd: End | null }
  }
}

/** Opens the database for this process alone, and closes it last of all. */
export default fp(
  async (app) => {
    const { observations } = app
    const db = await openDatabase(app.config.databaseFile, {
      changed: (change) => observations.tell('changed', change),
      committed: (durationMs) => observations.tell('committed', durationMs),
    })
    const boot = { id: app.bootId, pid: process.pid, host: hostname(), version, startedAt: new Date().toISOString() }
    const lastEnd = await whenFree(() => db.boots.begin(boot)).catch((error) => {
      throw toRefusal(app.config.databaseFile, error)
    })
    if (db.restored) {
      const { replaced, copy, before } = db.restored
      const lacks = before ? (lackOf(copy, before) ?? 'nothing') : 'not known: what stood there before cannot be read'
      app.log.warn({ replaced, holds: reachOf(copy), lacks }, 'A backup was put in the place of the database')
    }
    app.decorate('db', db).decorate('boot', { ...boot, lastEnd })
    app.addHook('onClose', async () => {
      await db.boots.end(boot.id).catch((err) => app.log.error({ err }, 'The end of this process could not be stored'))
      await db.close()
    })
  },
  { name: 'database', dependencies: ['metrics'] },
)
