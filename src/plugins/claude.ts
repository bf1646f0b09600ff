import fp from 'fastify-plugin'
import { type Claude, createClaude } from '../ai/claude.ts'

declare module 'fastify' {
  interface FastifyInstance {
    claude: Claude
  }
}

/** Claude, one door for chat and jobs alike, so that their calls share one limit. */
export default fp(
  async (app) => {
    app.decorate('claude', createClaude({ ...app.config.claude, log: app.log }))
  },
  { name: 'claude' },
)
