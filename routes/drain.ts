import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { askForInspectionToken } from './bearer.ts'
import { refusals } from './error-answer.ts'

/** How many jobs a drain still waits for, and how many begin after it. */
const Left = Type.Object(
  { running: Type.Integer(), queued: Type.Integer() },
  { description: 'What still runs, and what waits for its end' },
)

/** Before a restart: lets what runs end and begins nothing. Without INSPECTION_TOKEN these routes do not exist. */
const drainRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const token = app.config.inspectionToken
  if (!token) return
  askForInspectionToken(app, token)

  const about = { tags: ['Service'], security: [{ inspectionToken: [] }] }
  const begin = {
    ...about,
    operationId: 'beginDrain',
    summary: 'Begin no further job; chat and commands go on',
    response: { 202: Left, ...refusals(400, 401) },
  }
  app.post('/drain', { schema: begin }, async (_request, reply) => {
    await app.drain.begin('POST /drain')
    return reply.code(202).send(await app.drain.left())
  })

  const end = { ...about, operationId: 'endDrain', summary: 'Begin jobs again', response: { 200: Left, ...refusals(401) } }
  app.delete('/drain', { schema: end }, async () => {
    app.drain.end('DELETE /drain')
    return app.drain.left()
  })
}

export default drainRoutes
