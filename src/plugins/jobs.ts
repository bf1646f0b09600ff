import fp from 'fastify-plugin'
import { type Claude, createClaude } from '../ai/claude.ts'
import { createConsult } from '../ai/consult.ts'
import { recentWords, wordsSince } from '../ai/history.ts'
import { createLedger, type Ledger } from '../ai/ledger.ts'
import { hasPrice } from '../ai/prices.ts'
import { type Budget, createBudget } from '../jobs/budget.ts'
import { kinds } from '../jobs/kinds/index.ts'
import { reconcile } from '../jobs/reconcile.ts'
import { createRunner, type Runner } from '../jobs/runner.ts'
import { createWork } from '../jobs/work.ts'
import { createLocalTime } from '../local-time.ts'
import { announceBudget } from '../telegram/budget-notices.ts'
import { announceInterrupted, announceOutcome } from '../telegram/notices.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** One door for chat and jobs alike, so that their calls share one limit. */
    claude: Claude
    /** Writes down what each of those calls used. */
    ledger: Ledger
    /** What may be spent in a month, over everyone. */
    budget: Budget
    runner: Runner
  }
}

/** The runner begins to take jobs once the service listens, the queued ones of earlier boots first. */
export default fp(
  async (app) => {
    const { db, config, boot, observations, log } = app
    const localTime = createLocalTime(config.timeZone)
    const budget = createBudget(config.monthlyBudgetMicros, localTime)
    const unpriced = [config.claude.chatModel, config.claude.jobModel].filter((model) => !hasPrice(model))
    if (config.monthlyBudgetMicros !== undefined && unpriced.length > 0) {
      log.warn({ models: unpriced }, 'MONTHLY_BUDGET_USD does not count models whose price Remy does not know')
    }
    const ledger = createLedger({ db, log })
    const claude = createClaude({
      ...config.claude,
      record(account, model, used) {
        ledger.record(account, model, used)
        observations.tell('claudeUsed', { model, kind: account.kind, used })
      },
      onCall(call) {
        log.debug({ ...call, durationMs: Math.round(call.durationMs) }, 'A call to Claude ended')
        observations.tell('claudeAnswered', call)
      },
      log,
    })
    const workOn = createWork({
      db,
      kinds,
      localTime,
      ask: createConsult({ claude, model: config.claude.jobModel, load: app.files }),
      recall: (chatId) => recentWords(db, chatId),
      lookBack: async (userId, since) => ({
        said: await wordsSince(db, userId, since),
        jobs: await db.jobs.since(userId, since),
      }),
      log,
    })
    const runner = createRunner({
      db,
      workOn,
      limits: app.brake.limits,
      timeoutMs: config.jobs.timeoutMs,
      bootId: boot.id,
      async announce(stores, job) {
        await announceOutcome(stores, job, config.telegram.miniAppUrl)
        await announceBudget(stores, budget, job.userId, { ...job, chatId: job.chatId ?? job.userId })
      },
      settle: () => reconcile(db, announceInterrupted),
      log,
    })
    app.decorate('ledger', ledger).decorate('claude', claude).decorate('budget', budget).decorate('runner', runner)
    let released: NodeJS.Timeout | undefined
    app.addHook('onListen', () => {
      runner.start()
      if (app.brake.isOn()) released = setTimeout(runner.wake, app.brake.leftMs() + 1)
    })
    app.addHook('onClose', () => clearTimeout(released))
    // After a drain nothing runs any more; a close without one settles what runs at once.
    app.addHook('onClose', async () => {
      await runner.drain(0, AbortSignal.abort())
      await ledger.settled()
    })
  },
  { name: 'jobs', dependencies: ['delivery'] },
)
