import fp from 'fastify-plugin'
import { version } from '../version.ts'

/** Collects the schemas of all routes that are registered after it; without INSPECTION_TOKEN nobody asks for them. */
export default fp(
  async (app) => {
    if (!app.config.inspectionToken) return
    const { default: swagger } = await import('@fastify/swagger') // only where it is wanted: it takes its time
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Remy',
          version,
          description:
            'What operators, Telegram and the inspector ask of the service. Every refusal is JSON with statusCode, error' +
            ' and message; a 503 with Retry-After says that the database takes no writes now.',
        },
        components: {
          securitySchemes: {
            inspectionToken: { type: 'http', scheme: 'bearer', description: 'INSPECTION_TOKEN' },
            session: { type: 'http', scheme: 'bearer', description: 'The token that POST /inspector/session answers' },
            initData: {
              type: 'apiKey',
              in: 'header',
              name: 'authorization',
              description: '`tma` and the initData of the Mini App',
            },
            webhookSecret: { type: 'apiKey', in: 'header', name: 'x-telegram-bot-api-secret-token' },
          },
        },
      },
    })
  },
  { name: 'openapi' },
)
