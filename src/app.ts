import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyServerOptions, LogController } from 'fastify'
import health from '../routes/health.ts'
import jobsRoutes from '../routes/jobs.ts'
import telegramRoutes from '../routes/telegram.ts'
import type { Config } from './config.ts'
import bot from './plugins/bot.ts'
import database from './plugins/database.ts'
import delivery from './plugins/delivery.ts'
import http from './plugins/http.ts'
import jobs from './plugins/jobs.ts'
import reconcile from './plugins/reconcile.ts'
import telegram from './plugins/telegram.ts'

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
  }
}

/** The whole service, ready to listen, in the order in which it boots; it closes the other way round. */
export async function buildApp(config: Config, options: FastifyServerOptions = {}) {
  const app = Fastify({
    logger: { level: config.logLevel, stream: process.stdout }, // its own writer never ends once nobody reads it
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true, // a request cut off by a close is sent again; one that never ends would hold it up,
    requestTimeout: 15_000,
    pluginTimeout: 120_000, // bounds migrations too
    // Such names are only data here; a refused update would come again for a day.
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
    ajv: { customOptions: { removeAdditional: false } },
    ...options,
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.decorate('config', config)

  app.register(http)
  app.register(database)
  app.register(reconcile)
  app.register(telegram)
  app.register(delivery)
  app.register(jobs)
  app.register(bot)

  app.register(telegramRoutes)
  app.register(health)
  app.register(jobsRoutes)

  await app.ready()
  return app
}

export type App = Awaited<ReturnType<typeof buildApp>>
