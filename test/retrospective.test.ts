import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { latestUserText } from '../playground/messages-api/request.ts'
import { ada, ben, build, type House } from './build.ts'

const isFinal = (request: { system?: unknown }) => JSON.stringify(request.system).includes('Role: Retrospective')
const isNotes = (request: { system?: unknown }) => JSON.stringify(request.system).includes('Role: Note-taker')
const asked = (house: House, which: (request: { system?: unknown }) => boolean) =>
  house.claude.requests.filter(({ body }) => which(body)).map(({ body }) => latestUserText(body))

/** Puts what was said into the file of a house that sleeps. */
function remember(house: House, lines: { at: string; text: string; userId?: number; role?: string }[]): void {
  const db = new Sqlite(house.file)
  const insert = db.prepare(
    'INSERT INTO messages (chat_id, user_id, turn, ordinal, role, content, created_at) VALUES (?, ?, ?, 0, ?, ?, ?)',
  )
  for (const [index, { at, text, userId = ada.id, role = 'user' }] of lines.entries()) {
    insert.run(userId, userId, 1_000_000 + index, role, JSON.stringify([{ type: 'text', text }]), at)
  }
  db.close()
}

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()

test('with nothing stored it is done with a sentence that says so, without a call to Claude', async () => {
  await using house = await build()
  house.telegram.say(ada, '/retrospective')
  const text = (await house.heard(ada, '✅ #1 retrospective')).text
  expect(text).toMatch(/Nothing is stored of the last 30 days, since \d+ \w+ 20\d\d/)
  expect(house.job(1)).toMatchObject({ status: 'done', input_text: 'month' })
  expect(house.claude.requests).toEqual([])
})

test('it reads the conversation and the jobs of the period, of this person alone, and nothing older', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board Shall I learn the cello?')
  await house.heard(ada, '✅ #1 board')
  await house.kill()
  remember(house, [
    { at: daysAgo(20), text: 'I have begun to run.' },
    { at: daysAgo(3), text: 'I ran ten kilometres.' },
    { at: daysAgo(2), text: 'A secret of Ben', userId: ben.id },
    { at: daysAgo(1), text: 'Well done!', role: 'assistant' },
  ])
  await house.boot()
  house.claude.when(isFinal, { text: '**Wins**: running.' })
  house.telegram.say(ada, '/retrospective week')
  expect((await house.heard(ada, '✅ #2 retrospective')).text).toContain('Wins: running.')
  const [material = ''] = asked(house, isFinal)
  expect(material).toContain('Person: I ran ten kilometres.')
  expect(material).toContain('Remy: Well done!')
  expect(material).toMatch(/Job #1 \(board, done\) was asked for: Shall I learn the cello\?\nIts result: /)
  for (const absent of ['I have begun to run.', 'A secret of Ben', '#2']) expect(material).not.toContain(absent)
  house.telegram.say(ada, '/retrospective month')
  await house.heard(ada, '✅ #3 retrospective')
  expect(asked(house, isFinal)[1]).toContain('I have begun to run.')
})

test('the period begins at midnight where the person lives', async () => {
  await using house = await build({ env: { TIMEZONE: 'Pacific/Kiritimati' } }) // 14 hours before UTC
  await house.kill()
  const local = new Date(Date.now() + 14 * 3_600_000)
  const midnight = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() - 7) - 14 * 3_600_000
  remember(house, [
    { at: new Date(midnight - 1).toISOString(), text: 'too early' },
    { at: new Date(midnight).toISOString(), text: 'just in time' },
  ])
  await house.boot()
  house.claude.when(isFinal, { text: 'Fine.' })
  house.telegram.say(ada, '/retrospective week')
  await house.heard(ada, '✅ #1 retrospective')
  expect(asked(house, isFinal)[0]).toContain('just in time')
  expect(asked(house, isFinal)[0]).not.toContain('too early')
})

test('a long period is condensed piece by piece, and nothing of it is left out', async () => {
  await using house = await build()
  await house.kill()
  const lines = Array.from({ length: 300 }, (_, n) => ({
    at: new Date(Date.now() - 6 * 86_400_000 + n * 1_000).toISOString(),
    text: `mark-${n} ${'words and more words 👍 '.repeat(n === 77 ? 8_000 : 20)} end-${n}`,
  }))
  remember(house, lines)
  await house.boot()
  house.claude.when(isNotes, (request) => ({
    text: `- ${latestUserText(request)
      .match(/(mark|end)-\d+/g)
      ?.join(' ')}`,
  }))
  house.claude.when(isFinal, { text: 'All seen.' })
  house.telegram.say(ada, '/retrospective week')
  await house.heard(ada, 'All seen.')
  const pieces = asked(house, isNotes)
  expect(pieces.length).toBeGreaterThan(3)
  expect(pieces.every((piece) => piece.length < 70_000 && piece.isWellFormed())).toBe(true)
  const whole = pieces.map((piece) => piece.replace(/<\/?material>/g, '')).join('')
  for (const [n] of lines.entries()) expect(whole).toContain(`mark-${n} `)
  expect(whole.match(/👍/g)).toHaveLength(299 * 20 + 8_000)
  const steps = house.rows<{ name: string }>("SELECT name FROM job_events WHERE job_id = 1 AND type = 'step'")
  expect(steps.map(({ name }) => name)).toEqual(expect.arrayContaining([`Notes 1 of ${pieces.length}`, 'Retrospective']))
  expect(asked(house, isFinal)[0]).toContain('mark-299')
})

test('a period that nobody knows gets the usage and makes no job', async () => {
  await using house = await build()
  house.telegram.say(ada, '/retrospective decade')
  await house.heard(ada, '/retrospective quarter')
  expect(house.rows('SELECT 1 FROM background_jobs')).toEqual([])
})

test.each(['constructor', '__proto__'])('"%s" is no period', async (word) => {
  await using house = await build()
  house.telegram.say(ada, `/retrospective ${word}`)
  await house.heard(ada, '/retrospective quarter')
  expect(house.rows('SELECT 1 FROM background_jobs')).toEqual([])
})

test('neither an earlier retrospective nor the wish for one is a record', async () => {
  await using house = await build()
  house.telegram.say(ada, '/retrospective')
  await house.heard(ada, '✅ #1 retrospective')
  const input = { job_type: 'retrospective', input: '' }
  house.claude.script({ toolCalls: [{ name: 'start_background_job', input }] }, { text: 'It is #2.' })
  house.telegram.say(ada, 'A retrospective, please')
  expect((await house.heard(ada, '✅ #2 retrospective')).text).toContain('Nothing is stored')
})
