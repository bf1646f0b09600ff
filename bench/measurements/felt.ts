import { type BotApi, createBotApi } from '../../playground/bot-api/server.ts'
import { startClaude } from '../claude.ts'
import { type Figure, type Measurement, ms, type Workshop } from '../measurement.ts'
import { environment, freshFile, SECRET, startService, WEBHOOK } from '../service.ts'
import { median, percentile } from '../statistics.ts'

const JOBS = 200
const FIRST_TOKEN_MS = 300
const TOPIC = 'night trains'

/** Five chunks a second, for longer than a round takes. */
const streaming = { text: 'A sentence of what was found. '.repeat(1_500), firstTokenMs: 100, chunkMs: 200, chunks: 1_500 }
const answer = { text: 'An answer in several words. '.repeat(10), firstTokenMs: FIRST_TOKEN_MS, chunkMs: 30, chunks: 10 }

const WHY =
  'the loop has a fifth of its time taken by what the streams bring, a thousand pieces a second, and by looks at 200 status' +
  ' messages; a sign that meets one of them, or a garbage collection, comes some milliseconds later. Nobody sees them.'

interface Felt {
  signMs: number
  wordsMs: number
}

/** What a person in a chat sees, and when: the first sign that somebody is there, and the first words of the answer. */
export const felt: Measurement = {
  name: 'felt',
  async run(workshop) {
    const rounds = workshop.quick ? 1 : 5
    const p95: Record<'alone' | 'beside', { sign: number[]; words: number[] }> = {
      alone: { sign: [], words: [] },
      beside: { sign: [], words: [] },
    }
    for (let round = 0; round < rounds; round++) {
      const { alone, beside } = await oneRound(workshop)
      for (const [name, felts] of [
        ['alone', alone],
        ['beside', beside],
      ] as const) {
        p95[name].sign.push(
          percentile(
            felts.map(({ signMs }) => signMs),
            95,
          ),
        )
        p95[name].words.push(
          percentile(
            felts.map(({ wordsMs }) => wordsMs),
            95,
          ),
        )
      }
    }
    const figure = (what: string, of: 'sign' | 'words'): Figure => {
      const [ours, theirs] = [median(p95.beside[of]), median(p95.alone[of])]
      const against = 'with none'
      return {
        what: `${what}, p95, beside ${JOBS} streaming jobs`,
        against,
        ours: ms(ours),
        theirs: ms(theirs),
        ratio: ours / theirs,
        goal: { atMost: 1.3 },
        why: WHY,
      }
    }
    return [figure('First sign in the chat', 'sign'), figure('First words, of a model that begins after 300 ms', 'words')]
  },
}

async function oneRound(workshop: Workshop): Promise<{ alone: Felt[]; beside: Felt[] }> {
  const telegram = await createBotApi()
  const claude = await startClaude([
    { has: TOPIC, reply: streaming },
    { has: '', reply: answer },
  ])
  const env = environment(freshFile(workshop), {
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_API_ROOT: telegram.url,
    ANTHROPIC_BASE_URL: claude.url,
    MAX_RUNNING_JOBS: String(JOBS),
    MAX_MODEL_CALLS: String(JOBS * 2),
    SHUTDOWN_GRACE_SECONDS: '0',
  })
  const service = await startService(workshop, env)
  telegram.target({ url: service.url + WEBHOOK, secret: SECRET })
  const turns = workshop.quick ? 10 : 20
  const chat = async (first: number) => {
    const felts: Felt[] = []
    for (let person = first; person < first + turns; person++) felts.push(await turnOf(telegram, person))
    return felts
  }

  await chat(1_000) // warm
  const alone = await chat(2_000)
  for (let person = 10_001; person <= 10_000 + JOBS; person++) telegram.say(person, `/research ${TOPIC} for ${person}`)
  await claude.untilInFlight(JOBS)
  await telegram.idle()
  const beside = await chat(3_000)
  await service.stop()
  await claude.stop()
  await telegram.close()
  return { alone, beside }
}

/** One turn of somebody who has not spoken before. Resolves when the answer has arrived. */
async function turnOf(telegram: BotApi, person: number): Promise<Felt> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const seen: Partial<Felt> = {}
  const begun = performance.now()
  const at = () => performance.now() - begun
  const on = {
    action: ({ chat_id }: { chat_id: number }) => {
      if (chat_id === person) seen.signMs ??= at()
    },
    draft: ({ chat_id, text }: { chat_id: number; text: string }) => {
      if (chat_id !== person) return
      seen.signMs ??= at()
      if (text) seen.wordsMs ??= at()
    },
    message: ({ chat_id, from }: { chat_id: number; from: string }) => {
      if (chat_id !== person || from !== 'bot') return
      seen.signMs ??= at()
      seen.wordsMs ??= at()
      resolve()
    },
  }
  for (const name of ['action', 'draft', 'message'] as const) telegram.events.on(name, on[name] as () => void)
  telegram.say(person, 'What do you think of trains?')
  await promise
  for (const name of ['action', 'draft', 'message'] as const) telegram.events.off(name, on[name] as () => void)
  return { signMs: seen.signMs ?? Number.NaN, wordsMs: seen.wordsMs ?? Number.NaN }
}
