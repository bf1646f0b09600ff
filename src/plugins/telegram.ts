import fp from 'fastify-plugin'
import { Api } from '../telegram/api.ts'

declare module 'fastify' {
  interface FastifyInstance {
    telegram: Api
  }
}

/** The client of the Bot API. It connects to nothing by itself. */
export default fp(
  async (app) => {
    app.decorate('telegram', new Api(app.config.telegram.token, app.config.telegram.apiRoot))
  },
  { name: 'telegram', dependencies: ['reconcile'] },
)
