import fp from 'fastify-plugin'
import { toRefusal, whenFree } from '../../db/storage-errors.ts'
import { type Brake, crashesCountFrom, createBrake } from '../jobs/brake.ts'
import { reconcile } from '../jobs/reconcile.ts'
import { announceInterrupted } from '../telegram/notices.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What crashes in a row have to do with how much is begun at once. */
    brake: Brake
  }
}

/** Settles what the last process left, before anything else may look at it. Touches the database alone. */
export default fp(
  async (app) => {
    const { db, boot, config, log } = app
    const startedAt = performance.now()
    const interrupted = await whenFree(() => reconcile(db, announceInterrupted)).catch((error) => {
      throw toRefusal(config.databaseFile, error)
    })
    app.observations.tell('reconciled', performance.now() - startedAt)
    if (interrupted.length > 0) log.warn({ jobIds: interrupted.map(({ id }) => id) }, 'Jobs were interrupted by the restart')

    const crashes = await db.boots.crashesSince(crashesCountFrom())
    const brake = createBrake(config.jobs, crashes)
    if (boot.lastEnd === 'crash') log.warn({ crashes }, 'The last process ended without a word')
    if (brake.isOn()) log.warn({ crashes }, 'After so many crashes in a row, work begins one piece at a time')
    app.decorate('brake', brake)
  },
  { name: 'reconcile', dependencies: ['database'] },
)
