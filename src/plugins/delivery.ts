import fp from 'fastify-plugin'
import { createSender, type Sender } from '../telegram/sender.ts'
import { untilItWorks } from '../until-it-works.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sender: Sender
  }
}

/** The sender begins to empty the outbox once the service listens. */
export default fp(
  async (app) => {
    const { db, telegram: api, pace, scrub, log } = app
    const sender = createSender({ db, api, pace, scrub, log })
    app.decorate('sender', sender)
    app.addHook('onListen', async () => {
      await untilItWorks(sender.start, { onFailure: (err) => log.error({ err }, 'The outbox cannot be read yet') })
    })
    app.addHook('onClose', () => sender.stop())
  },
  { name: 'delivery', dependencies: ['telegram'] },
)
