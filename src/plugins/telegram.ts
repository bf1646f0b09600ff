import fp from 'fastify-plugin'
import type { LoadFile } from '../ai/attachments.ts'
import { Api } from '../telegram/api.ts'
import { createFiles } from '../telegram/files.ts'

declare module 'fastify' {
  interface FastifyInstance {
    telegram: Api
    /** Fetches what people sent. */
    files: LoadFile
  }
}

/** The client of the Bot API. It connects to nothing by itself. */
export default fp(
  async (app) => {
    const api = new Api(app.config.telegram.token, app.config.telegram.apiRoot)
    app.decorate('telegram', api).decorate('files', createFiles(api))
  },
  { name: 'telegram', dependencies: ['reconcile'] },
)
