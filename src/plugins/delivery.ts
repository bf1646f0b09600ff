import fp from 'fastify-plugin'
import { createSender, type Sender } from '../telegram/sender.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sender: Sender
  }
}

/** The sender begins to empty the outbox once the service listens. */
export default fp(
  async (app) => {
    const sender = createSender({ db: app.db, api: app.telegram, log: app.log })
    app.decorate('sender', sender)
    app.addHook('onListen', () => sender.start())
    app.addHook('onClose', () => sender.stop())
  },
  { name: 'delivery', dependencies: ['telegram'] },
)
