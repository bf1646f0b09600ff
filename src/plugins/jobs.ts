import fp from 'fastify-plugin'
import { type Claude, createClaude } from '../ai/claude.ts'
import { createConsult } from '../ai/consult.ts'
import { recentWords, wordsSince } from '../ai/history.ts'
import { kinds } from '../jobs/kinds/index.ts'
import { reconcile } from '../jobs/reconcile.ts'
import { createRunner, type Runner } from '../jobs/runner.ts'
import { createLocalTime } from '../local-time.ts'
import { announceInterrupted, announceOutcome } from '../telegram/notices.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** One door for chat and jobs alike, so that their calls share one limit. */
    claude: Claude
    runner: Runner
  }
}

/** The runner begins to take jobs once the service listens, the queued ones of earlier boots first. */
export default fp(
  async (app) => {
    const { db, config, boot, log } = app
    const claude = createClaude({ ...config.claude, log })
    const runner = createRunner({
      db,
      kinds,
      limits: app.brake.limits,
      timeoutMs: config.jobs.timeoutMs,
      bootId: boot.id,
      localTime: createLocalTime(config.timeZone),
      announce: announceOutcome,
      settle: () => reconcile(db, announceInterrupted),
      ask: createConsult({ claude, model: config.claude.jobModel, load: app.files }),
      recall: (chatId) => recentWords(db, chatId),
      lookBack: async (userId, since) => ({
        said: await wordsSince(db, userId, since),
        jobs: await db.jobs.since(userId, since),
      }),
      log,
    })
    app.decorate('claude', claude).decorate('runner', runner)
    let released: NodeJS.Timeout | undefined
    app.addHook('onListen', () => {
      runner.start()
      if (app.brake.isOn()) released = setTimeout(runner.wake, app.brake.leftMs() + 1)
    })
    app.addHook('onClose', () => clearTimeout(released))
    // After a drain nothing runs any more; a close without one settles what runs at once.
    app.addHook('onClose', () => runner.drain(0, AbortSignal.abort()))
  },
  { name: 'jobs', dependencies: ['delivery'] },
)
