import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { readAssets, readPage } from '../src/inspector/assets.ts'
import { createSessions } from '../src/inspector/sessions.ts'
import { kinds } from '../src/jobs/kinds/index.ts'
import { refusalOf, refusals } from './error-answer.ts'
import { registry } from './registry.ts'
import session from './session.ts'

/** Where the page stands under the public address. */
const PATH = '/inspector'

const headers = {
  'content-security-policy': [
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'",
    `frame-ancestors 'self' ${['web', 'weba', 'webk', 'webz'].map((name) => `https://${name}.telegram.org`).join(' ')}`,
  ].join('; '),
  'cache-control': 'no-cache',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
}

/**
 * A page to look at jobs: of everybody with the inspection token, and inside Telegram of the person whom Telegram vouches
 * for. It is there where one of the two can come, by INSPECTION_TOKEN or by PUBLIC_URL.
 */
const inspector: FastifyPluginAsyncTypebox = async (app) => {
  const { inspectionToken, telegram } = app.config
  if (!inspectionToken && !telegram.publicUrl) return
  const { allowedUserIds, token } = telegram
  const isAllowed = (userId: number) => allowedUserIds === 'everyone' || allowedUserIds.has(userId)
  const sessions = createSessions(token)
  const tags = ['Inspector']

  const page = await readPage(kinds.map(({ type }) => type))
  const asText = (description: string, type: string) => ({
    200: { description, content: { [type]: { schema: Type.String() } } },
  })
  app.get(
    PATH,
    {
      schema: {
        operationId: 'getInspector',
        summary: 'The page',
        tags,
        response: asText('One page, without a build step', 'text/html'),
      },
    },
    async (_, reply) => reply.headers(headers).type('text/html; charset=utf-8').send(page),
  )
  const assets = await readAssets()
  for (const [folder, type] of [
    ['client', 'text/javascript'],
    ['styles', 'text/css'],
  ] as const) {
    const schema = {
      operationId: `getInspectorFile_${folder}`,
      summary: `A part of the page: ${folder}`,
      tags,
      params: Type.Object({ file: Type.String({ description: 'Its name' }) }),
      response: { ...asText('The file', type), ...refusals(404) },
    }
    app.get(`${PATH}/${folder}/:file`, { schema }, async (request, reply) => {
      const asset = assets.get(`${folder}/${request.params.file}`)
      if (!asset) return reply.code(404).send(refusalOf(404, 'There is no such file'))
      return reply
        .headers(headers)
        .type(asset.type)
        .send(asset.content as never) // text, as the schema says
    })
  }

  app.register(session, { prefix: `${PATH}/session`, botToken: token, sessions, isAllowed })
  app.register(registry, {
    prefix: `${PATH}/jobs`,
    viewerOf(bearer) {
      const userId = sessions.userOf(bearer)
      return userId !== undefined && isAllowed(userId) ? { userId } : undefined
    },
    ofPersons: true,
    refusal: 'The session is missing, wrong or over',
  })
}

export default inspector
