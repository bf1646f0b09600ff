import fp from 'fastify-plugin'
import type { Registry } from 'prom-client'
import { kinds } from '../jobs/kinds/index.ts'
import { serveMetrics } from '../metrics/serve.ts'
import { createObservations, type Observations } from '../observations.ts'
import { version } from '../version.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What is told here is counted, where somebody counts. */
    observations: Observations
  }
}

/** Counts from before the database is opened, so that what a boot settles counts too. Without METRICS_PORT nothing listens. */
export default fp(
  async (app) => {
    const { config, log } = app
    const onError = (err: unknown) => log.error({ err }, 'Something could not be counted')
    const { host, metricsPort: port } = config
    const observations = createObservations(onError, { held: port !== undefined })
    app.decorate('observations', observations)
    if (port === undefined) return

    // Loaded once the service listens: what it takes is no part of how long a boot keeps people waiting.
    const metrics = Promise.withResolvers<Registry>()
    metrics.promise.catch((err) => log.error({ err }, 'Nothing is counted'))
    const standings = {
      load: () => app.db.jobs.load(),
      countPending: () => app.db.deliveries.countPending(),
    }
    const build = { version, commit: config.commit }
    async function load(bootSeconds: number): Promise<Registry> {
      const { createMetrics } = await import('../metrics/metrics.ts')
      return createMetrics({ observations, standings, kinds: kinds.map(({ type }) => type), build, bootSeconds, onError })
    }
    app.addHook('onListen', () => metrics.resolve(load(process.uptime()).finally(observations.release)))

    async function read() {
      const registry = await metrics.promise
      return { text: await registry.metrics(), contentType: registry.contentType }
    }
    let listener: Awaited<ReturnType<typeof serveMetrics>> | undefined
    app.addHook('onReady', async () => {
      listener = await serveMetrics({ host, port, read, onError })
      log.info({ url: listener.url }, 'Metrics are served')
    })
    app.addHook('onClose', async () => listener?.close())
  },
  { name: 'metrics' },
)
