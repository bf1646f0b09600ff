import { type FastifyPluginAsyncTypebox, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { RawUpdate } from '../src/bot/intake.ts'
import { withLogFields } from '../src/log-context.ts'
import { sameSecret } from '../src/secret.ts'
import { WEBHOOK_PATH } from '../src/telegram/webhook.ts'
import { refusalOf, refusals } from './error-answer.ts'

const Update = Type.Object({
  update_id: Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
})

/** No body at all: Telegram would run one as a call. */
const Empty = Type.Unsafe<undefined>({ type: 'null', description: 'It is on disk' })

/** The webhook: an update is on disk before it is answered. */
const telegramRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.removeContentTypeParser('text/plain')

  app.post(
    WEBHOOK_PATH,
    {
      bodyLimit: 1024 * 1024,
      schema: {
        operationId: 'takeUpdate',
        summary: 'An update from Telegram',
        description: 'It is on disk before it is answered. Whatever else stands in it is kept too.',
        tags: ['Telegram'],
        security: [{ webhookSecret: [] }],
        body: Update,
        response: { 200: Empty, ...refusals(400, 401, 413, 415, 503) },
      },
      validatorCompiler: TypeBoxValidatorCompiler, // strict, where the default would take "12" for 12
      async onRequest(request, reply) {
        // A header that was sent twice arrives joined by a comma, which no secret contains.
        const given = request.headers['x-telegram-bot-api-secret-token']
        if (typeof given === 'string' && sameSecret(given, app.config.telegram.webhookSecret)) return
        return reply.code(401).send(refusalOf(401, 'The secret token is missing or wrong'))
      },
      // With a callback, so that what follows is called from within: the route and the error handler.
      preHandler: (request, _reply, done) => withLogFields({ updateId: request.body.update_id }, done),
    },
    async (request, reply) => {
      await app.intake(request.body as RawUpdate) // an object with a safe update_id, by the schema
      app.log.debug('An update is on disk')
      return reply.code(200).send(undefined)
    },
  )
}

export default telegramRoutes
