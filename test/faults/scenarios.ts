import Sqlite from 'better-sqlite3'
import { ada } from '../build.ts'
import { leaveBehind } from '../earlier-version.ts'
import { asCritic } from '../waiting-board.ts'
import type { FailpointName } from './failpoints.ts'
import type { Rig } from './rig.ts'

/** How a failpoint is reached. */
export interface Scenario {
  /** What differs from the usual service. */
  options?: { env?: Record<string, string>; drafts?: boolean }
  /** What earlier processes leave behind; it starts them and ends them. */
  before?: (house: Rig) => Promise<void>
  /** What happens while the failpoint is armed. */
  act?: (house: Rig) => void | Promise<void>
}

const lines = (count: number) => Array.from({ length: count }, (_, n) => `Line ${n} of this view.`).join('\n')
const silence = { fault: { kind: 'pings-only', everyMs: 50 } } as const

const board: Scenario = {
  act(house) {
    house.claude.when(() => true, { text: lines(60) })
    house.telegram.say(ada, '/board Should I move?')
  },
}
const document: Scenario = {
  act(house) {
    house.claude.when(() => true, { text: lines(300) })
    house.telegram.say(ada, '/board Should I move?')
  },
}
const command: Scenario = { act: (house) => void house.telegram.say(ada, '/jobs') }
const turn: Scenario = { act: (house) => void house.telegram.say(ada, 'Is my board done yet?') }
const stranger: Scenario = { act: (house) => void house.telegram.say({ id: 77, first_name: 'Eve' }, 'Let me in') }
const registered: Scenario = { options: { env: { PUBLIC_URL: 'https://remy.example' } } }

const failing: Scenario = {
  act(house) {
    house.claude.when(asCritic, { fault: { kind: 'refusal' } })
    house.telegram.say(ada, '/board Should I move?')
  },
}

async function untilCriticIsAsked(house: Rig): Promise<void> {
  house.claude.when(asCritic, silence, 1)
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.claude.requests.some(({ body }) => asCritic(body)))
}

const cutOff: Scenario = {
  async before(house) {
    await house.start()
    await untilCriticIsAsked(house)
    await house.die()
  },
}

/** The notice about a board that was cut off, and a press on one of its buttons. */
const pressing = (data: string): Scenario => ({
  ...cutOff,
  async act(house) {
    const notice = await house.heard(ada, 'interrupted by restart')
    house.telegram.press(ada, notice.message_id, data)
  },
})

const twoCutOff: Scenario = {
  async before(house) {
    await house.start()
    house.claude.when(asCritic, silence, 2)
    for (const topic of ['one', 'two']) house.telegram.say(ada, `/board ${topic}`)
    await house.until(() => house.claude.requests.filter(({ body }) => asCritic(body)).length === 2)
    await house.die()
  },
}

/** A job that ends before Telegram has taken its acknowledgement. */
const unacknowledged: Scenario = {
  act(house) {
    house.telegram.fail({ method: 'sendMessage', times: 1, fault: { kind: 'rate-limit', retryAfter: 2 } })
    house.telegram.say(ada, '/board Should I move?')
  },
}

const refusedDocument: Scenario = {
  act(house) {
    const fault = { kind: 'refuse', error_code: 400, description: 'Bad Request: wrong file' } as const
    house.telegram.fail({ method: 'sendDocument', times: 9, fault })
    document.act?.(house)
  },
}

/** Updates that were handled long ago. */
const old: Scenario = {
  async before(house) {
    await house.start()
    house.telegram.say(ada, '/jobs')
    await house.rest()
    await house.die()
    const db = new Sqlite(house.file)
    db.exec("UPDATE updates SET handled_at = '2026-01-01T00:00:00.000Z'")
    db.close()
    house.seen.answered.clear() // they may be forgotten
  },
}

const stop: Scenario = {
  options: { env: { SHUTDOWN_GRACE_SECONDS: '0' } },
  async act(house) {
    await untilCriticIsAsked(house)
    house.signal('SIGTERM')
  },
}

/** An answer that takes longer to write than a preview waits, where there are no drafts. */
const preview: Scenario = {
  options: { drafts: false },
  act(house) {
    house.claude.script({ text: lines(12), chunks: 8, chunkMs: 400 })
    house.telegram.say(ada, 'Tell me of this view')
  },
}

/** A file in which a board about poison cannot be stored. */
const poison: Scenario = {
  before: (house) =>
    withFile(house, (db) => {
      db.exec(`CREATE TRIGGER poison BEFORE INSERT ON background_jobs WHEN NEW.input_text LIKE '%poison%'
        BEGIN SELECT RAISE(ABORT, 'poison'); END`)
    }),
  act: (house) => void house.telegram.say(ada, '/board poison'),
}

/** A conversation that is about to be folded. */
const long: Scenario = {
  before: (house) =>
    withFile(house, (db) => {
      db.exec("INSERT INTO sqlite_sequence (name, seq) VALUES ('updates', 100)")
      const insert = db.prepare(
        'INSERT INTO messages (chat_id, user_id, turn, ordinal, role, content, tokens) VALUES (?, ?, ?, ?, ?, ?, 1000)',
      )
      for (let turn = 1; turn <= 8; turn++) {
        for (const [ordinal, role] of ['user', 'assistant'].entries()) {
          insert.run(ada.id, ada.id, turn, ordinal, role, JSON.stringify([{ type: 'text', text: `Turn ${turn}` }]))
        }
      }
    }),
  act: (house) => void house.telegram.say(ada, 'Hello again'),
}

async function withFile(house: Rig, change: (db: Sqlite.Database) => void): Promise<void> {
  await house.start()
  await house.die()
  const db = new Sqlite(house.file)
  change(db)
  db.close()
}

const failingSend = (fault: Parameters<Rig['telegram']['fail']>[0]['fault'], times: number): Scenario => ({
  act(house) {
    house.telegram.fail({ method: 'sendMessage', times, fault })
    house.telegram.say(ada, '/jobs')
  },
})
const blocked = { kind: 'refuse', error_code: 403, description: 'Forbidden: bot was blocked by the user' } as const

/** A board of which the Critic takes long enough for its stage to be shown. */
const slow: Scenario = {
  act(house) {
    house.claude.when(asCritic, { text: 'The verdict.', firstTokenMs: 2_500 })
    house.telegram.say(ada, '/board Should I move?')
  },
}

const stopped: Scenario = {
  async act(house) {
    await untilCriticIsAsked(house)
    house.telegram.say(ada, '/cancel 1')
  },
}

const forgotten: Scenario = {
  async act(house) {
    house.telegram.say(ada, 'Remember that I live in Porto')
    await house.until(() => house.rows("SELECT 1 FROM deliveries WHERE purpose = 'reply' AND state = 'sent'").length > 0)
    await untilCriticIsAsked(house)
    house.telegram.say(ada, '/forget')
    const question = await house.heard(ada, 'Shall I remove all of it?')
    const yes = question.reply_markup?.inline_keyboard?.flat()[0]?.callback_data ?? ''
    house.telegram.press(ada, question.message_id, yes)
  },
}

/** A job that ended longer ago than it is kept. */
const outdated: Scenario = {
  options: { env: { RETENTION_DAYS: '1' } },
  async before(house) {
    await house.start()
    house.telegram.say(ada, '/board Should I move?')
    await house.rest()
    await house.die()
    const db = new Sqlite(house.file)
    const old = '2026-01-01T00:00:00.000Z'
    db.prepare('UPDATE background_jobs SET created_at = ?, started_at = ?, completed_at = ?').run(old, old, old)
    db.prepare('UPDATE updates SET handled_at = ?').run(old)
    db.prepare('UPDATE deliveries SET created_at = ?, sent_at = ? WHERE sent_at IS NOT NULL').run(old, old)
    db.close()
    house.seen.answered.clear() // they may be forgotten
  },
}

/** How each failpoint is reached, and at which of its occurrences there; the first where nothing is said. */
export const scenarios: Record<FailpointName, Scenario & { nth?: number[] }> = {
  'schema made': { nth: [1, 2, 3] },
  'schema of an earlier version changed': { before: (house) => leaveBehind(house.file, 2) },
  'boot begun': {},
  'boot seen': { act: (house) => house.get('/ready').then(() => {}) },
  'stop noted': { act: (house) => house.signal('SIGTERM') },
  'boot ended': { act: (house) => house.signal('SIGTERM') },
  'setting stored': registered,

  'update stored': command,
  'update of a stranger noted': stranger,
  'refusal noted': stranger,
  'update handled': command,
  'try noted': poison,
  'update set aside': poison,
  'turn noted': turn,
  'answer shown': turn,
  'preview noted': preview,
  'updates forgotten': old,

  'messages appended': { ...turn, nth: [1, 2] },
  'conversation ended': { act: (house) => void house.telegram.say(ada, '/new') },
  'summary stored': long,

  'job queued': board,
  'job running': board,
  'model call stored': { ...board, nth: [1, 5] },
  'stage stored': board,
  'step stored': { ...board, nth: [1, 2] }, // steps that end together share a commit
  'job done': board,
  'job failed': failing,
  'job interrupted at boot': cutOff,
  'job interrupted at a stop': stop,
  'job stopped': stopped,
  'jobs removed': outdated,
  'person forgotten': forgotten,
  'notice shared': twoCutOff,
  'job run again': pressing('again:1'),
  'step taken over': pressing('again:1'),

  'acknowledgement added': board,
  'outcome added': board,
  'reply added': command,
  'refusal added': stranger,
  'acknowledgement sent': board,
  'outcome sent': { ...board, nth: [1, 2] },
  'reply sent': command,
  'steps added': pressing('steps:1'),
  'steps sent': { ...pressing('steps:1'), nth: [1, 2] },
  'button answered': pressing('again:1'),
  'status shown': slow,
  'status settled': board,
  'acknowledgement dropped': unacknowledged,
  'document replaced': refusedDocument,
  'delivery postponed': failingSend({ kind: 'server-error' }, 1),
  'delivery failed': failingSend(blocked, 2),

  'call of sendMessage': { ...board, nth: [1, 2, 3] },
  'call of editMessageText': preview,
  'call of sendDocument': document,
  'call of sendMessageDraft': turn,
  'call of answerCallbackQuery': pressing('steps:1'),
  'call of setWebhook': registered,
  'call of Claude': { ...board, nth: [1, 5] },
}
