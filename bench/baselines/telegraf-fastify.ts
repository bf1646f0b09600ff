// A bot of Telegraf's behind a Fastify route, which answers every text: what the memory at rest is measured against.
import Fastify from 'fastify'
import { Telegraf } from 'telegraf'

const bot = new Telegraf(process.env.TELEGRAM_BOT_TOKEN ?? '', { telegram: { apiRoot: process.env.TELEGRAM_API_ROOT ?? '' } })
bot.botInfo = { id: 1, is_bot: true, first_name: 'Bare', username: 'bare_bot' } as typeof bot.botInfo // what it needs of it
bot.on('text', (context) => context.reply('Hello'))

const app = Fastify()
app.post<{ Body: Parameters<typeof bot.handleUpdate>[0] }>('/telegram/webhook', async (request, reply) => {
  await bot.handleUpdate(request.body)
  return reply.code(200).send()
})
await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`Server listening at ${app.listeningOrigin}\n`)
process.once('SIGTERM', () => process.exit(0))
