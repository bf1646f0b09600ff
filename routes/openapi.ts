import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'

const Document = Type.Object({ openapi: Type.String() }, { additionalProperties: true, description: 'OpenAPI 3.1' })

/**
 * How to ask this service, as OpenAPI 3.1. It is there where INSPECTION_TOKEN is set, and needs no token to be read: it
 * holds nothing that is not in the sources, and tools that read such documents send none.
 */
const openapi: FastifyPluginAsyncTypebox = async (app) => {
  if (!app.config.inspectionToken) return
  app.get(
    '/openapi.json',
    { schema: { operationId: 'describe', summary: 'This document', tags: ['Service'], response: { 200: Document } } },
    async () => app.swagger() as never, // of the version that the plugin is told
  )
}

export default openapi
