import fp from 'fastify-plugin'
import { createLocalTime } from '../local-time.ts'
import { createAlarm } from '../telegram/alarm.ts'
import { webhookStanding } from '../telegram/webhook-standing.ts'
import { createChecks } from '../watch/checks.ts'
import { watchClaude } from '../watch/claude-health.ts'
import { createStatusReport } from '../watch/status-report.ts'
import { createWatch } from '../watch/watch.ts'

const EVERY_MS = 60_000
const PATIENCE_MS = 10 * 60_000
const CALM_MS = 5 * 60_000

declare module 'fastify' {
  interface FastifyInstance {
    /** How the service is, in words for its owner; undefined where it has none. */
    reportStatus: (() => Promise<string>) | undefined
  }
}

/** Looks every minute whether something stays wrong, where there is an owner to be told. */
export default fp(
  async (app) => {
    const { db, boot, config, telegram: api, observations, runner, log } = app
    const { databaseFile, ownerUserId, commit, monthlyBudgetMicros } = config
    app.decorate('reportStatus', undefined)
    if (ownerUserId === undefined) return

    const webhook = () => webhookStanding(api)
    const checks = createChecks({
      db,
      write: () => db.boots.seen(boot.id),
      databaseFile,
      webhook,
      claude: watchClaude(observations, Date.now),
      jobTimeoutMs: config.jobs.timeoutMs,
      isDraining: () => runner.draining,
      patienceMs: PATIENCE_MS,
    })
    const localTime = createLocalTime(config.timeZone)
    const watch = createWatch({
      checks,
      alarm: createAlarm({ db, api, ownerUserId }),
      patienceMs: PATIENCE_MS,
      calmMs: CALM_MS,
      inWords: (at) => localTime.short(new Date(at).toISOString()),
      log,
    })
    const { troubles } = watch
    app.reportStatus = createStatusReport({
      db,
      boot,
      commit,
      databaseFile,
      monthlyBudgetMicros,
      localTime,
      webhook,
      troubles,
    })

    let timer: NodeJS.Timeout | undefined
    app.addHook('onListen', () => {
      timer = setInterval(watch.look, EVERY_MS)
    })
    app.addHook('onClose', async () => {
      clearInterval(timer)
      await watch.settled()
    })
  },
  { name: 'watch', dependencies: ['jobs'] },
)
