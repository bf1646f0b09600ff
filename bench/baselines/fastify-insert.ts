// A Fastify route with one INSERT at synchronous=FULL: the least that takes an update durably.
import Sqlite from 'better-sqlite3'
import Fastify from 'fastify'

const sqlite = new Sqlite(process.argv[2])
sqlite.pragma('journal_mode = WAL')
sqlite.pragma('synchronous = FULL')
sqlite.exec('CREATE TABLE updates (id INTEGER PRIMARY KEY, update_id INTEGER NOT NULL UNIQUE, payload TEXT NOT NULL) STRICT')
if (sqlite.pragma('synchronous', { simple: true }) !== 2) throw new Error('The baseline is not at FULL')
const insert = sqlite.prepare('INSERT INTO updates (update_id, payload) VALUES (?, ?)')

const app = Fastify()
app.post<{ Body: { update_id: number } }>('/telegram/webhook', async (request, reply) => {
  insert.run(request.body.update_id, JSON.stringify(request.body))
  return reply.code(200).send()
})
await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`Server listening at ${app.listeningOrigin}\n`)
process.once('SIGTERM', () => process.exit(0))
