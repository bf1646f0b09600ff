import fp from 'fastify-plugin'

/** Telegram sends an update again for a day; an id is kept for twice as long. */
const KEPT_MS = 48 * 60 * 60_000
const EVERY_MS = 60 * 60_000
/** So many at a time: each piece is one short transaction. */
const PIECE = 500

/** Forgets updates that are done with, once the service listens and every hour. */
export default fp(
  async (app) => {
    async function prune(): Promise<void> {
      const before = new Date(Date.now() - KEPT_MS).toISOString()
      while (!app.isClosing && (await app.db.updates.prune(before, PIECE)) === PIECE);
    }
    const pruneOrTell = () => prune().catch((err) => app.log.error({ err }, 'Old updates could not be forgotten'))

    let timer: NodeJS.Timeout | undefined
    let current = Promise.resolve()
    app.addHook('onListen', () => {
      current = pruneOrTell()
      timer = setInterval(() => {
        current = pruneOrTell()
      }, EVERY_MS)
    })
    app.addHook('onClose', async () => {
      clearInterval(timer)
      await current
    })
  },
  { name: 'pruning', dependencies: ['database'] },
)
