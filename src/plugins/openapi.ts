import fp from 'fastify-plugin'
import { version } from '../version.ts'

/** What there is to ask for, as the schemas of the routes name it. */
const tags = [
  { name: 'Jobs', description: "Everybody's jobs, for operators" },
  { name: "A person's own jobs", description: 'The same for one person, inside Telegram' },
  { name: 'Inspector', description: 'The page that shows them, and the way in for people' },
  { name: 'Service', description: 'How it is, and what stops it gently' },
  { name: 'Telegram', description: 'What Telegram sends' },
]

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
        tags,
        components: {
          securitySchemes: {
            inspectionToken: { type: 'http', scheme: 'bearer', description: 'INSPECTION_TOKEN' },
            session: { type: 'http', scheme: 'bearer', description: 'The token that POST /inspector/session answers' },
            initData: {
              type: 'apiKey',
              in: 'header',
              name: 'authorization',
              description: '`tma <initData>`, as Telegram hands it to the Mini App',
            },
            webhookSecret: { type: 'apiKey', in: 'header', name: 'x-telegram-bot-api-secret-token' },
          },
        },
      },
    })
  },
  { name: 'openapi' },
)
