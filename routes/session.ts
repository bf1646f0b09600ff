import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { readInitData } from '../src/inspector/init-data.ts'
import type { Sessions } from '../src/inspector/sessions.ts'
import { refusalOf, refusals } from './error-answer.ts'

const Session = Type.Object(
  {
    token: Type.String({ description: 'A bearer for /inspector/jobs' }),
    expires_at: Type.String({ format: 'date-time', description: 'ISO 8601 in UTC, an hour from now' }),
  },
  { description: 'Somebody who may look' },
)

const schema = {
  operationId: 'openSession',
  summary: 'A bearer of one hour for a person in Telegram',
  description:
    'In exchange for the initData that Telegram gave the Mini App, as it stands in `tgWebAppData` of its address, decoded' +
    ' once: `Authorization: tma <initData>`, without a body. It is refused where its hash is not the one of this bot, its' +
    ' auth_date more than 10 minutes old or more than one minute ahead, a key there twice, or its user not among' +
    ' TELEGRAM_ALLOWED_USER_IDS. The bearer is for /inspector/jobs.',
  tags: ['Inspector'],
  security: [{ initData: [] }],
  response: { 200: Session, ...refusals(401) },
}

export interface SessionOptions {
  botToken: string
  sessions: Sessions
  isAllowed: (userId: number) => boolean
}

/** The way in for people: Telegram's word about them for a bearer. */
const session: FastifyPluginAsyncTypebox<SessionOptions> = async (app, { botToken, sessions, isAllowed }) => {
  app.post('', { schema }, async (request, reply) => {
    const given = /^tma +(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const userId = given === undefined ? undefined : readInitData(given, botToken)
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    if (userId !== undefined && isAllowed(userId)) {
      const { token, expiresAt } = sessions.issue(userId)
      return { token, expires_at: expiresAt }
    }
    const message =
      userId === undefined
        ? 'Telegram did not vouch for you in the last ten minutes. Close this and open it again.'
        : 'This bot is not for you.'
    return reply.code(401).header('www-authenticate', 'tma').send(refusalOf(401, message))
  })
}

export default session
