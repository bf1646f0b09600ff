import fp from 'fastify-plugin'
import { type Requests, untilIdle } from '../idle.ts'

/** Watchers ask for these all the time: they keep nobody awake. */
const UNCOUNTED = new Set(['/health', '/ready'])
/** Neither do strangers who try what there may be at this address. */
const REFUSED = new Set([400, 401, 404, 413, 415])

declare module 'fastify' {
  interface FastifyInstance {
    /** Resolves when the process may end for want of work, with its listener closed. Never without IDLE_EXIT_SECONDS. */
    idle: Promise<void>
  }
}

/** Counts the requests, and finds the moment at which nothing runs, waits, is unsent or unanswered. */
export default fp(
  async (app) => {
    const { db, runner, folding, config, log, server } = app
    const { promise, resolve } = Promise.withResolvers<void>()
    app.decorate('idle', promise)
    const { idleExitMs: idleMs } = config
    if (idleMs === undefined) return

    const requests: Requests = { count: 0, underWay: 0, lastAt: performance.now() }
    app.addHook('onRequest', async (request, reply) => {
      if (UNCOUNTED.has(request.routeOptions.url ?? '')) return
      requests.count += 1
      requests.underWay += 1
      reply.raw.once('close', () => {
        requests.underWay -= 1
        if (!REFUSED.has(reply.raw.statusCode)) requests.lastAt = performance.now()
      })
    })

    async function isBusy(): Promise<boolean> {
      if (runner.draining || folding.isUnderWay || app.isBackingUp || !app.isIntroduced) return true
      try {
        return await db.unfinished.isThere()
      } catch (err) {
        log.error({ err }, 'What is left to do cannot be read: the process stays')
        return true
      }
    }

    const closing = new AbortController()
    app.addHook('onListen', () => {
      requests.lastAt = performance.now()
      untilIdle({ server, idleMs, requests, isBusy, signal: closing.signal, log }).then(resolve, (err) => {
        if (!closing.signal.aborted) log.error({ err }, 'The process will not end by itself')
      })
    })
    app.addHook('preClose', async () => closing.abort())
  },
  { name: 'idle', dependencies: ['bot', 'drain', 'backup'] },
)
