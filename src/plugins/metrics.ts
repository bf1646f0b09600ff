import fp from 'fastify-plugin'
import { createObservations, type Observations } from '../observations.ts'

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
    const observations = createObservations(onError)
    app.decorate('observations', observations)
    const { host, metricsPort: port } = config
    if (port === undefined) return

    // Loaded where it is wanted alone: it is part of the time that a boot takes.
    const { createMetrics } = await import('../metrics/metrics.ts')
    const { serveMetrics } = await import('../metrics/serve.ts')
    const standings = {
      load: () => app.db.jobs.load(),
      countPending: () => app.db.deliveries.countPending(),
    }
    const { registry, setBootDuration } = createMetrics({ observations, standings, onError })
    const read = async () => ({ text: await registry.metrics(), contentType: registry.contentType })
    let listener: Awaited<ReturnType<typeof serveMetrics>> | undefined
    app.addHook('onReady', async () => {
      listener = await serveMetrics({ host, port, read, onError })
      log.info({ url: listener.url }, 'Metrics are served')
    })
    app.addHook('onListen', () => setBootDuration(process.uptime()))
    app.addHook('onClose', async () => listener?.close())
  },
  { name: 'metrics' },
)
