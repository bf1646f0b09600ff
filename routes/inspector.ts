import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { readAssets, readPage } from '../src/inspector/assets.ts'
import { readInitData } from '../src/inspector/init-data.ts'
import { createSessions } from '../src/inspector/sessions.ts'
import { kinds } from '../src/jobs/kinds/index.ts'
import { refusals } from './error-answer.ts'
import { registry } from './registry.ts'

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

const Session = Type.Object(
  {
    token: Type.String({ description: 'A bearer for /inspector/jobs' }),
    expires_at: Type.String({ format: 'date-time', description: 'ISO 8601 in UTC, an hour from now' }),
  },
  { description: 'Somebody who may look' },
)

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
      if (!asset) return reply.code(404).send({ statusCode: 404, error: 'Not Found', message: 'There is no such file' })
      return reply
        .headers(headers)
        .type(asset.type)
        .send(asset.content as never) // text, as the schema says
    })
  }

  app.post(
    `${PATH}/session`,
    {
      schema: {
        operationId: 'openSession',
        summary: 'A bearer of one hour for a person in Telegram',
        description:
          'In exchange for the initData that Telegram gave the Mini App, as it stands in `tgWebAppData` of its address, decoded' +
          ' once: `Authorization: tma <initData>`, without a body. It is refused where its hash is not the one of this bot, its' +
          ' auth_date more than 10 minutes old or more than one minute ahead, a key there twice, or its user not among' +
          ' TELEGRAM_ALLOWED_USER_IDS. The bearer is for /inspector/jobs.',
        tags,
        security: [{ initData: [] }],
        response: { 200: Session, ...refusals(401) },
      },
    },
    async (request, reply) => {
      const given = /^tma +(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
      const userId = given === undefined ? undefined : readInitData(given, token)
      reply.header('cache-control', 'no-store')
      if (userId === undefined || !isAllowed(userId)) {
        const message =
          userId === undefined
            ? 'Telegram did not vouch for you in the last ten minutes. Close this and open it again.'
            : 'This bot is not for you.'
        return reply.code(401).header('www-authenticate', 'tma').send({ statusCode: 401, error: 'Unauthorized', message })
      }
      const { token: bearer, expiresAt } = sessions.issue(userId)
      return { token: bearer, expires_at: expiresAt }
    },
  )

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
