import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { askForInspectionToken } from './bearer.ts'
import { ErrorAnswer } from './error-answer.ts'

/** How many jobs a drain still waits for, and how many begin after it. */
const Left = Type.Object({ running: Type.Integer(), queued: Type.Integer() })

/** Before a restart: lets what runs end and begins nothing. Without INSPECTION_TOKEN these routes do not exist. */
const drainRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const token = app.config.inspectionToken
  if (!token) return
  askForInspectionToken(app, token)

  const about = { tags: ['Service'], security: [{ inspectionToken: [] }] }
  const begin = {
    ...about,
    summary: 'Begin no further job; chat and commands go on',
    response: { 202: Left, 401: ErrorAnswer },
  }
  app.post('/drain', { schema: begin }, async (_request, reply) => {
    await app.drain.begin('POST /drain')
    return reply.code(202).send(await app.drain.left())
  })

  const end = { ...about, summary: 'Begin jobs again', response: { 200: Left, 401: ErrorAnswer } }
  app.delete('/drain', { schema: end }, async () => {
    app.drain.end('DELETE /drain')
    return app.drain.left()
  })
}

export default drainRoutes
