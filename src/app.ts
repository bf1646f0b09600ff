import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyServerOptions, LogController } from 'fastify'
import drainRoutes from '../routes/drain.ts'
import health from '../routes/health.ts'
import inspectorRoutes from '../routes/inspector.ts'
import jobsRoutes from '../routes/jobs.ts'
import openapiRoutes from '../routes/openapi.ts'
import telegramRoutes from '../routes/telegram.ts'
import type { Config } from './config.ts'
import { logFields } from './log-context.ts'
import backup from './plugins/backup.ts'
import bot from './plugins/bot.ts'
import database from './plugins/database.ts'
import delivery from './plugins/delivery.ts'
import drain from './plugins/drain.ts'
import http from './plugins/http.ts'
import idle from './plugins/idle.ts'
import jobs from './plugins/jobs.ts'
import metrics from './plugins/metrics.ts'
import openapi from './plugins/openapi.ts'
import pruning from './plugins/pruning.ts'
import reconcile from './plugins/reconcile.ts'
import telegram from './plugins/telegram.ts'
import watch from './plugins/watch.ts'
import { createScrubber } from './scrub.ts'

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
    /** Names this process in the database and on every line of the log. */
    bootId: string
    /** Takes secrets out of what is written down. */
    scrub: (text: string) => string
  }
}

/** The whole service, ready to listen, in the order in which it boots; it closes the other way round. */
export async function buildApp(config: Config, options: FastifyServerOptions = {}) {
  const scrub = createScrubber(config)
  const bootId = randomUUID()
  const app = Fastify({
    // Pino's own writer never ends once nobody reads it.
    logger: {
      level: config.logLevel,
      base: { pid: process.pid, hostname: hostname(), bootId },
      mixin: logFields,
      stream: { write: (line: string) => process.stdout.write(scrub(line)) },
    },
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true, // a request cut off by a close is sent again; one that never ends would hold it up,
    return503OnClosing: false, // until the listener closes, an update is taken
    // Slow heads and bodies are cut off after 15 s, and what looks for them looks often enough.
    requestTimeout: 15_000,
    http: { headersTimeout: 15_000, connectionsCheckingInterval: 2_000 },
    pluginTimeout: 120_000, // bounds migrations too
    // Such names are only data here; a refused update would come again for a day.
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
    ajv: { customOptions: { removeAdditional: false } },
    ...options,
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.decorate('config', config).decorate('scrub', scrub).decorate('bootId', bootId)

  app.register(http)
  app.register(openapi)
  app.register(metrics)
  app.register(database)
  app.register(reconcile)
  app.register(telegram)
  app.register(delivery)
  app.register(jobs)
  app.register(drain)
  app.register(watch)
  app.register(bot)
  app.register(pruning)
  app.register(backup)
  app.register(idle)

  app.register(telegramRoutes)
  app.register(health)
  app.register(jobsRoutes)
  app.register(inspectorRoutes)
  app.register(openapiRoutes)
  app.register(drainRoutes)

  try {
    await app.ready()
  } catch (error) {
    await app.close()
    throw error
  }
  return app
}

export type App = Awaited<ReturnType<typeof buildApp>>
