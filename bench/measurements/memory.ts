import { join } from 'node:path'
import { createBotApi } from '../../playground/bot-api/server.ts'
import { startModule } from '../child.ts'
import { startClaude } from '../claude.ts'
import { type Measurement, megabytes } from '../measurement.ts'
import { createClient } from '../requests.ts'
import { environment, freshFile, SECRET, startService, WEBHOOK } from '../service.ts'
import { median } from '../statistics.ts'

const bare = join(import.meta.dirname, '../baselines/telegraf-fastify.ts')

const BOARDS = 75
const DIRECTORS = 4
const STREAMS = BOARDS * DIRECTORS
const LIMIT_BYTES = 256_000_000
const STREAM_LIMIT_BYTES = 220_000

/** A stream that has begun, goes on, and does not end while anybody looks. */
const endless = { text: 'A view that takes its time. '.repeat(40), firstTokenMs: 0, chunkMs: 20_000, chunks: 40 }

/** The resident set once the garbage is collected: at rest, and with the model streams of 75 boards open. */
export const memory: Measurement = {
  name: 'memory',
  async run(workshop) {
    const rounds = workshop.quick ? 1 : 5
    const telegram = await createBotApi()
    const claude = await startClaude([{ has: '', reply: endless }])
    const seen: Record<'bare' | 'rest' | 'open', number[]> = { bare: [], rest: [], open: [] }
    for (let round = 0; round < rounds; round++) {
      const baseline = await startModule(bare, [], {
        weighed: true,
        env: { TELEGRAM_BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.url },
      })
      await talk(baseline.url)
      seen.bare.push(await baseline.weigh())
      await baseline.stop()

      const env = environment(freshFile(workshop), {
        TELEGRAM_BOT_TOKEN: telegram.token,
        TELEGRAM_API_ROOT: telegram.url,
        ANTHROPIC_BASE_URL: claude.url,
        MAX_RUNNING_JOBS: String(BOARDS),
        MAX_MODEL_CALLS: String(Math.ceil((STREAMS * 4) / 3)), // a quarter is kept for chat
        SHUTDOWN_GRACE_SECONDS: '0',
      })
      const service = await startService(workshop, env, { weighed: true })
      await talk(service.url)
      seen.rest.push(await service.weigh())
      telegram.target({ url: service.url + WEBHOOK, secret: SECRET })
      for (let person = 1; person <= BOARDS; person++) telegram.say(10_000 * (round + 1) + person, '/board Should I move?')
      await claude.untilInFlight(STREAMS)
      seen.open.push(await service.weigh())
      await service.stop()
    }
    await claude.stop()
    await telegram.close()

    const [ours, theirs, open] = [median(seen.rest), median(seen.bare), median(seen.open)]
    const perStream = (open - ours) / STREAMS
    return [
      {
        what: 'Memory at rest',
        against: 'a bare Telegraf + Fastify bot',
        ours: megabytes(ours),
        theirs: megabytes(theirs),
        ratio: ours / theirs,
        goal: { atMost: 1.7 },
      },
      {
        what: 'Memory per open model stream, of boards',
        against: '220 KB',
        ours: `${Math.round(perStream / 1_000)} KB`,
        theirs: `${STREAM_LIMIT_BYTES / 1_000} KB`,
        ratio: perStream / STREAM_LIMIT_BYTES,
        goal: { atMost: 1 },
      },
      {
        what: `Memory with ${STREAMS} open model streams`,
        against: '256 MB',
        ours: megabytes(open),
        theirs: megabytes(LIMIT_BYTES),
        ratio: open / LIMIT_BYTES,
        goal: { atMost: 1 },
      },
    ]
  },
}

/** A few commands, so that each has loaded what it needs to answer one. */
async function talk(url: string): Promise<void> {
  const client = createClient(url + WEBHOOK, { secret: SECRET })
  for (let number = 1; number <= 5; number++) {
    const from = { id: 900, is_bot: false, first_name: 'Ada' }
    const entities = [{ type: 'bot_command', offset: 0, length: 5 }]
    const chat = { id: 900, type: 'private', first_name: 'Ada' }
    const message = { message_id: number, date: Math.floor(Date.now() / 1_000), chat, from, text: '/jobs', entities }
    if ((await client.post({ update_id: 1_000 + number, message })) !== 200) throw new Error('An update was refused')
  }
  client.close()
}
