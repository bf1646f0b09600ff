import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { sameSecret } from '../src/secret.ts'
import { INSPECTION_REFUSAL } from './bearer.ts'
import { registry } from './registry.ts'

/** What operators see of every job. Without INSPECTION_TOKEN these routes do not exist. */
const jobs: FastifyPluginAsyncTypebox = async (app) => {
  const token = app.config.inspectionToken
  if (!token) return
  app.register(registry, {
    prefix: '/jobs',
    viewerOf: (bearer) => (sameSecret(bearer, token) ? 'operator' : undefined),
    ofPersons: false,
    refusal: INSPECTION_REFUSAL,
  })
}

export default jobs
