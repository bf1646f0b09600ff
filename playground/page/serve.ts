import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import { Type } from 'typebox'
import type { BotApi } from '../bot-api/server.ts'
import { readAssets } from './assets.ts'
import { createFeed } from './feed.ts'
import { findFile } from './file.ts'
import type { Inspection } from './inspection.ts'
import { person } from './person.ts'
import { createRegistry, type Watched } from './registry.ts'
import { speak } from './speak.ts'
import type { Switches } from './switches.ts'

/** `why` is there when the service ended by itself. */
export type ServiceStatus =
  | { state: 'running' | 'starting'; boots: number; pid?: number }
  | { state: 'stopped'; boots: number; why?: string }

/** What the page can do with the service behind the bot. */
export type Controls = {
  /** Kills the service with SIGKILL and starts it again; resolves when it runs, or has ended again. */
  restart(): Promise<void>
  status(): ServiceStatus
  subscribe(listener: () => void): () => void
  /** The last lines that the service logged, oldest first. */
  log(): string[]
}

export type PageOptions = {
  botApi: BotApi
  port?: number
  controls: Controls
  inspection: Inspection
  switches: Switches
  note?: string
}

const Watch = Type.Object({
  page: Type.Integer(),
  job: Type.Union([Type.Integer({ minimum: 1 }), Type.Literal('newest'), Type.Literal('none')]),
})
const Turn = Type.Object({ name: Type.String(), on: Type.Boolean() })

const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** Serves the chat page on 127.0.0.1: the chat of one person, user id 1001, with the bot behind the stand-in. */
export async function servePage(options: PageOptions): Promise<{ url: string; close(): Promise<void> }> {
  const { botApi, controls, switches, note } = options
  const assets = await readAssets()
  const registry = createRegistry({ inspection: options.inspection, controls })
  const feed = createFeed({ botApi, controls, registry, switches, note })
  const watchers = new Map<number, (watched: Watched) => void>()
  const app = Fastify({ forceCloseConnections: true })
    .withTypeProvider<TypeBoxTypeProvider>()
    .setValidatorCompiler(TypeBoxValidatorCompiler)
  let restarting: Promise<void> | undefined

  // Other sites open in the same browser must not be able to talk to the chat or to kill the service.
  app.addHook('onRequest', async (request, reply) => {
    const { host = '', origin } = request.headers
    const isLocal = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)
    if (!isLocal || (origin !== undefined && origin !== `http://${host}`)) {
      return reply.code(403).send({ error: 'This page answers only to itself.' })
    }
  })

  for (const [path, { type, content }] of assets) {
    app.get(path, (_, reply) => reply.headers(pageHeaders).type(type).send(content))
  }

  app.get('/events', (request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    const joined = feed.join((event, data) => reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
    watchers.set(joined.page, joined.watch)
    request.raw.on('close', () => {
      watchers.delete(joined.page)
      joined.leave()
    })
  })

  app.post('/watch', { schema: { body: Watch } }, (request, reply) => {
    const { page, job } = request.body
    watchers.get(page)?.(job) // a page that is gone does not look at anything
    return reply.code(204).send()
  })

  app.post('/switch', { schema: { body: Turn } }, (request, reply) =>
    reply.code(switches.set(request.body.name, request.body.on) ? 204 : 404).send(),
  )

  app.get('/log', () => ({ lines: controls.log() }))

  app.get<{ Params: { id: string } }>('/file/:id', (request, reply) => {
    const file = findFile(botApi.messages(person.id), request.params.id)
    return file ? reply.headers(file.headers).send(file.content) : reply.code(404).send({ error: 'There is no such file.' })
  })

  app.register(speak, { botApi })

  app.post('/restart', async (_, reply) => {
    restarting ??= controls.restart().finally(() => {
      restarting = undefined
    })
    await restarting
    return reply.code(204).send()
  })

  const url = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 })
  return {
    url,
    async close() {
      feed.close()
      await registry.close()
      await app.close()
    },
  }
}
