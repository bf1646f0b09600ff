import { STATUS_CODES } from 'node:http'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the service is on its way down. */
    isClosing: boolean
  }
}

/** How errors look from outside, and whether the service is closing. */
export default fp(
  async (app) => {
    app.decorate('isClosing', false)
    app.addHook('preClose', async () => {
      app.isClosing = true
    })
    app.setErrorHandler<Error & { statusCode?: number; code?: string }>((error, request, reply) => {
      const refused = error.statusCode && error.statusCode < 500 ? error.statusCode : undefined
      if (!refused) request.log.error({ err: error, path: request.routeOptions.url }, 'A request failed')
      // The database is busy, full or broken: whoever asked may come again.
      const isStorage = !refused && error.code?.startsWith('SQLITE_')
      if (isStorage) reply.header('retry-after', '5')
      const statusCode = refused ?? (isStorage ? 503 : 500)
      const message = refused ? error.message : isStorage ? 'The database takes no writes now' : 'Something went wrong'
      return reply.code(statusCode).send({ statusCode, error: STATUS_CODES[statusCode], message })
    })
  },
  { name: 'http' },
)
