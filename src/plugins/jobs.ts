import fp from 'fastify-plugin'
import { type Claude, createClaude, readText } from '../ai/claude.ts'
import { recentWords } from '../ai/converse.ts'
import { kinds } from '../jobs/kinds/index.ts'
import { createRunner, type Runner } from '../jobs/runner.ts'
import { announceOutcome } from '../telegram/notices.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** One door for chat and jobs alike, so that their calls share one limit. */
    claude: Claude
    runner: Runner
  }
}

/** Room for the longest answer a step is asked for, with space to think. */
const MAX_TOKENS = 16_000

/** The runner begins to take jobs once the service listens, the queued ones of earlier boots first. */
export default fp(
  async (app) => {
    const { db, config, boot, log } = app
    const claude = createClaude({ ...config.claude, log })
    const runner = createRunner({
      db,
      kinds,
      limits: config.jobs,
      timeoutMs: config.jobs.timeoutMs,
      bootId: boot.id,
      announce: announceOutcome,
      recall: (chatId) => recentWords(db, chatId),
      async ask({ system, user }, signal) {
        const messages = [{ role: 'user' as const, content: [{ type: 'text' as const, text: user }] }]
        const model = config.claude.jobModel
        return readText(await claude.complete({ model, system, messages, maxTokens: MAX_TOKENS }, { lane: 'job', signal }))
      },
      log,
    })
    app.decorate('claude', claude).decorate('runner', runner)
    app.addHook('onListen', () => runner.start())
    // After a drain nothing runs any more; a close without one settles what runs at once.
    app.addHook('onClose', () => runner.drain(0, AbortSignal.abort()))
  },
  { name: 'jobs', dependencies: ['delivery'] },
)
