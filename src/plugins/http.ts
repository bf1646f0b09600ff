import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the service is on its way down. */
    isClosing: boolean
  }
}

/** How errors look from outside, and how connections end when the service does. */
export default fp(
  async (app) => {
    app.decorate('isClosing', false)
    app.addHook('preClose', async () => {
      app.isClosing = true
    })
    // A kept-alive connection would hold up the close for as long as its client likes.
    app.addHook('onSend', async (_request, reply) => {
      if (app.isClosing) reply.header('connection', 'close')
    })
    app.setErrorHandler<Error & { statusCode?: number; code?: string }>((error, request, reply) => {
      const isOurs = !error.statusCode || error.statusCode >= 500
      if (!isOurs) return reply.send(error)
      request.log.error({ err: error, path: request.routeOptions.url }, 'A request failed')
      // The database is busy, full or broken: whoever asked may come again.
      const isStorage = error.code?.startsWith('SQLITE_')
      if (isStorage) reply.header('retry-after', '5')
      return reply
        .code(isStorage ? 503 : 500)
        .send(new Error(isStorage ? 'The database does not take writes right now' : 'Something went wrong'))
    })
  },
  { name: 'http' },
)
