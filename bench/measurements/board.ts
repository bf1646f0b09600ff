import { type BotApi, createBotApi } from '../../playground/bot-api/server.ts'
import { createClaude } from '../../src/ai/claude.ts'
import { startClaude } from '../claude.ts'
import { type Measurement, ms } from '../measurement.ts'
import { environment, freshFile, SECRET, startService, WEBHOOK } from '../service.ts'
import { interleaved, median } from '../statistics.ts'

/** The directors and the Critic. */
const CALLS = 5

/** A board, from the person's message to the verdict in the chat, when every call to Claude takes one second. */
export const board: Measurement = {
  name: 'board',
  async run(workshop) {
    const telegram = await createBotApi()
    const claude = await startClaude([{ has: '', reply: { text: 'A view, in a few words.', firstTokenMs: 1_000 } }])
    const { token: TELEGRAM_BOT_TOKEN, url: TELEGRAM_API_ROOT } = telegram
    const env = environment(freshFile(workshop), { TELEGRAM_BOT_TOKEN, TELEGRAM_API_ROOT, ANTHROPIC_BASE_URL: claude.url })
    const service = await startService(workshop, env)
    telegram.target({ url: service.url + WEBHOOK, secret: SECRET })

    const times = await interleaved(workshop.quick ? 2 : 7, {
      ours: (round) => timed(() => boardOf(telegram, 100 + round)),
      theirs: () => timed(() => inSequence(claude.url)),
    })
    await service.stop()
    await claude.stop()
    await telegram.close()
    const [ours, theirs] = [median(times.ours), median(times.theirs)]
    const against = `${CALLS} calls in sequence`
    const what = 'A board, from the request to the verdict in the chat, 1 s a call'
    return [{ what, against, ours: ms(ours), theirs: ms(theirs), ratio: ours / theirs, goal: { atMost: 0.45 } }]
  },
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

async function boardOf(telegram: BotApi, person: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const onMessage = ({ chat_id, text }: { chat_id: number; text: string }) => {
    if (chat_id === person && text.includes('✅')) resolve()
  }
  telegram.events.on('message', onMessage)
  telegram.say(person, '/board Should I move to Lisbon?')
  await promise
  telegram.events.off('message', onMessage)
}

/** Through the same door, without a service around it. */
async function inSequence(baseURL: string): Promise<void> {
  const options = { apiKey: 'local-messages-key', baseURL, maxCalls: CALLS, stallMs: 60_000 }
  const claude = createClaude({ ...options, record() {}, log: { warn() {} } })
  for (let call = 0; call < CALLS; call++) {
    await claude.complete(
      {
        model: 'claude-opus-5-5',
        system: 'Give a view.',
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Move?' }] }],
        maxTokens: 1_000,
      },
      { lane: 'job', account: { userId: 1, kind: 'board', jobId: 1, step: 'Strategy' }, signal: new AbortController().signal },
    )
  }
}
