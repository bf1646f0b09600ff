import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sameSecret } from '../src/secret.ts'
import { refusalOf } from './error-answer.ts'

/**
 * Lets nobody past without a bearer that is known, before anything else of the request is looked at: 401 with `refusal`.
 * What is answered behind it is for who asked alone, and kept nowhere on the way.
 */
export function askForBearer(
  app: FastifyInstance,
  refusal: string,
  isKnown: (bearer: string, request: FastifyRequest) => boolean,
): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    const given = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (given !== undefined && isKnown(given, request)) return
    return reply.code(401).header('www-authenticate', 'Bearer').send(refusalOf(401, refusal))
  })
}

/** The same for operators, who have the inspection token. */
export function askForInspectionToken(app: FastifyInstance, token: string): void {
  askForBearer(app, INSPECTION_REFUSAL, (bearer) => sameSecret(bearer, token))
}

export const INSPECTION_REFUSAL = 'The inspection token is missing or wrong'
