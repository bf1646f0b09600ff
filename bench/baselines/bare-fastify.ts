// A Fastify server with one route and nothing else: what a start is measured against.
import Fastify from 'fastify'

const app = Fastify()
app.post('/telegram/webhook', async (_request, reply) => reply.code(200).send())
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 0) })
process.stdout.write(`Server listening at ${app.listeningOrigin}\n`)
process.once('SIGTERM', () => process.exit(0))
