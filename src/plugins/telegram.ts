import fp from 'fastify-plugin'
import type { LoadFile } from '../ai/attachments.ts'
import { Api } from '../telegram/api.ts'
import { createFiles } from '../telegram/files.ts'
import { createPace, type Pace } from '../telegram/pace.ts'

declare module 'fastify' {
  interface FastifyInstance {
    telegram: Api
    /** How fast messages may go out, whoever sends them. */
    pace: Pace
    /** Fetches what people sent. */
    files: LoadFile
  }
}

/** The client of the Bot API. It connects to nothing by itself. */
export default fp(
  async (app) => {
    const { token, apiRoot } = app.config.telegram
    const api = new Api(token, apiRoot, (call) => app.observations.tell('telegramAnswered', call))
    app.decorate('telegram', api).decorate('pace', createPace()).decorate('files', createFiles(api))
  },
  { name: 'telegram', dependencies: ['reconcile'] },
)
