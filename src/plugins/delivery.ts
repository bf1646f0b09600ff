import fp from 'fastify-plugin'
import { createSender, type Sender } from '../telegram/sender.ts'
import { createStatusEditor } from '../telegram/status-editor.ts'
import { untilItWorks } from '../until-it-works.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sender: Sender
    /** Whether a chat has messages that are still to be sent. */
    isBehind: (chatId: number) => Promise<boolean>
  }
}

/** The sender begins to empty the outbox once the service listens, and the status messages of jobs are kept true. */
export default fp(
  async (app) => {
    const { db, telegram: api, pace, scrub, log } = app
    const sender = createSender({ db, api, pace, scrub, log })
    app.decorate('sender', sender)
    const isBehind = async (chatId: number) => (await db.deliveries.nextPending({ chatId, isOfButtons: false })) !== undefined
    const statusEditor = createStatusEditor({ db, api, pace, limits: app.brake.limits, isBehind, log })
    app.decorate('isBehind', isBehind)
    app.addHook('onListen', async () => {
      await untilItWorks(sender.start, { onFailure: (err) => log.error({ err }, 'The outbox cannot be read yet') })
      statusEditor.start()
    })
    app.addHook('onClose', async () => {
      await statusEditor.stop()
      await sender.stop()
    })
  },
  { name: 'delivery', dependencies: ['telegram'] },
)
