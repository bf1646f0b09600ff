import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { version } from '../src/version.ts'

const Health = Type.Object(
  {
    status: Type.Enum(['alive'], { type: 'string' }),
    version: Type.String(),
    commit: Type.String(),
    boot_id: Type.String(),
    started_at: Type.String({ format: 'date-time' }),
  },
  { description: 'It is' },
)

/** `running` are the jobs that a drain still waits for. */
const readiness = {
  status: Type.Enum(['ready', 'draining', 'not ready'], { type: 'string' }),
  running: Type.Optional(Type.Integer()),
  reason: Type.Optional(Type.String()),
}

const ready = {
  operationId: 'isReady',
  summary: 'Can it do its work?',
  description: '503 where the database takes no write, and while the service closes.',
  tags: ['Service'],
  response: {
    200: Type.Object(readiness, { description: 'It can' }),
    503: Type.Object(readiness, { description: 'It cannot; reason says why' }),
  },
}

/** For Fly and other watchers, without a token: is the process alive, and can it do its work? */
const health: FastifyPluginAsyncTypebox = async (app) => {
  const { id: boot_id, startedAt: started_at } = app.boot
  const { commit } = app.config

  app.get(
    '/health',
    { schema: { operationId: 'isAlive', summary: 'Is the process alive?', tags: ['Service'], response: { 200: Health } } },
    async () => ({ status: 'alive', version, commit, boot_id, started_at }) as const,
  )

  app.get('/ready', { schema: ready }, async (request, reply) => {
    if (app.isClosing || app.runner.stopping) return reply.code(503).send({ status: 'not ready', reason: 'closing' })
    try {
      await app.db.boots.seen(boot_id)
      // A drain is no trouble: updates are taken, and chat goes on.
      if (app.drain.isOn) return { status: 'draining', running: (await app.drain.left()).running } as const
      return { status: 'ready' } as const
    } catch (err) {
      request.log.error({ err }, 'The database does not take a write')
      return reply.code(503).send({ status: 'not ready', reason: 'the database does not take a write' })
    }
  })
}

export default health
