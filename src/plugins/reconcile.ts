import fp from 'fastify-plugin'
import { reconcile } from '../jobs/reconcile.ts'
import { announceOutcome } from '../telegram/notices.ts'

/** Settles what the last process left, before anything else may look at it. Touches the database alone. */
export default fp(
  async (app) => {
    const interrupted = await reconcile(app.db, announceOutcome)
    if (interrupted.length > 0)
      app.log.warn({ jobIds: interrupted.map(({ id }) => id) }, 'Jobs were interrupted by the restart')
  },
  { name: 'reconcile', dependencies: ['database'] },
)
