import { readFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { TelegramError } from 'telegraf'
import { expect, test } from 'vitest'
import { openDatabase } from '../db/open.ts'
import { createPace } from '../src/telegram/pace.ts'
import { createSender } from '../src/telegram/sender.ts'
import { ada, ben, build, type House, SECRET } from './build.ts'
import { buttonsOf, press } from './press.ts'

type Person = typeof ada
const asCritic = (request: { system?: unknown }) => JSON.stringify(request.system ?? '').includes('Role: Critic')
const always = Number.POSITIVE_INFINITY

async function ask(house: House, person: Person) {
  house.telegram.say(person, '/forget')
  return house.heard(person, 'Shall I remove all of it?')
}

const YES = 'Yes, forget everything'

/** All that can be read in the file and its log, in lower case, as an index of words keeps it. */
const bytes = ({ file }: House) => [file, `${file}-wal`].map((path) => readFileSync(path, 'latin1').toLowerCase()).join('\n')

/** The rows of a table that are a person's. */
const rowsOf = (house: House, { id }: Person) => ({
  jobs: house.rows('SELECT * FROM background_jobs WHERE user_id = ?', id),
  events: house.rows('SELECT e.* FROM job_events e JOIN background_jobs j ON j.id = e.job_id WHERE j.user_id = ?', id),
  messages: house.rows('SELECT * FROM messages WHERE user_id = ? OR chat_id = ?', id, id),
  summaries: house.rows('SELECT * FROM summaries WHERE chat_id = ?', id),
  deliveries: house.rows('SELECT * FROM deliveries WHERE chat_id = ?', id),
  updates: house.rows('SELECT * FROM updates WHERE chat_id = ?', id),
  settings: house.rows('SELECT * FROM settings WHERE key = ?', `told_${id}`),
  refusals: house.rows('SELECT * FROM refusals WHERE chat_id = ?', id),
  calls: house.rows('SELECT * FROM model_calls WHERE user_id = ?', id),
})

function write(house: House, sql: string): void {
  const db = new Sqlite(house.file)
  db.exec(sql)
  db.close()
}

/** A board with its verdict, a chat turn, a summary and what else may be stored, all with this word in it. */
async function live(house: House, person: Person, word: string) {
  house.claude.when(asCritic, { text: `The verdict is ${word}.` }, 1)
  house.telegram.say(person, `/board Should I move to ${word}?`)
  await house.heard(person, `The verdict is ${word}.`)
  house.claude.script({ text: `I know ${word}.` })
  house.telegram.say(person, `What do you know of ${word}?`)
  await house.heard(person, `I know ${word}.`)
  await house.delivered()
  const { id: job } = house.rows<{ id: number }>('SELECT id FROM background_jobs WHERE user_id = ?', person.id)[0] ?? { id: 0 }
  write(
    house,
    `INSERT INTO summaries (chat_id, up_to_turn, content, tokens) VALUES (${person.id}, 1, 'About ${word}', 3);
     INSERT INTO settings VALUES ('told_${person.id}', '${word}');
     INSERT INTO refusals VALUES (${person.id}, '2026-01-01T00:00:00.000Z');
     INSERT INTO status_messages (job_id, shown) VALUES (${job}, '${word}') ON CONFLICT DO NOTHING;
     INSERT INTO model_calls (user_id, kind, job_id, turn, model, cost_micros) VALUES (${person.id}, 'board', ${job}, 2, 'm', 77);`,
  )
}

test('/forget removes everything about a person, down to the bytes of the file, and nothing of another', async () => {
  await using house = await build()
  await live(house, ada, 'zanzibarquux')
  await live(house, ben, 'lisbonquux')
  const costs = () => house.rows<{ sum: number }>('SELECT sum(cost_micros) AS sum FROM model_calls')
  const [costsBefore, ofBen] = [costs(), rowsOf(house, ben)]
  expect(bytes(house)).toContain('zanzibarquux')

  const question = await ask(house, ada)
  expect(question.text).toMatch(
    /• 1 background job, with all steps and results\n• 2 messages of our conversation\n• 1 summary\n/,
  )
  expect(buttonsOf(question).map(({ text }) => text)).toEqual([YES, 'No'])
  expect(await press(house, ada, question, YES)).toBe('Everything is forgotten.')
  const farewell = await house.heard(ada, 'I have forgotten you')
  expect(farewell.text).toContain('• 1 background job, with all steps and results\n• 2 messages of our conversation')
  expect(farewell.text).toContain(
    'Copies made before a migration or as a backup age out within a week, or when I next wake up after it.',
  )
  expect(buttonsOf(farewell)).toEqual([])
  await house.delivered()

  for (const [table, rows] of Object.entries(rowsOf(house, ada))) expect(rows, table).toEqual([])
  expect(house.rows('SELECT 1 FROM updates WHERE payload IS NOT NULL AND chat_id IS NOT ?', ben.id)).toEqual([])
  await house.until(() => !bytes(house).includes('zanzibarquux'))
  expect(rowsOf(house, ben)).toEqual(ofBen)
  expect(costs()).toEqual(costsBefore)
  expect(house.rows('SELECT job_id, turn FROM model_calls WHERE user_id = 0 AND cost_micros = 77')).toEqual([
    { job_id: null, turn: null },
  ])
  expect(house.rows('PRAGMA foreign_key_check')).toEqual([])
  expect(house.log.join('\n')).not.toContain('zanzibarquux')

  // Numbers are never used again, the conversation begins anew, and the search still works, from a shell too.
  house.claude.script({ text: 'Hello, stranger.' })
  house.telegram.say(ada, 'Do you know me?')
  await house.heard(ada, 'Hello, stranger.')
  expect(JSON.stringify(house.claude.requests.at(-1)?.body)).not.toContain('zanzibarquux')
  house.telegram.say(ada, '/board Anew')
  await house.heard(ada, '✅ #3 board')
  expect(house.rows("SELECT rowid FROM jobs_search WHERE jobs_search MATCH 'lisbonquux'")).toEqual([{ rowid: 2 }])
  expect(house.rows("SELECT rowid FROM jobs_search WHERE jobs_search MATCH 'zanzibarquux'")).toEqual([])
  expect(house.rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
})

test('the question acts for its own person, once, within ten minutes; No removes nothing', async () => {
  await using house = await build()
  house.telegram.say(ada, '/jobs')
  const question = await ask(house, ada)
  expect(await press(house, ben, question, YES)).toBe('This button was sent to somebody else.')
  const own = await ask(house, ben)
  const [data = ''] = buttonsOf(question).map(({ callback_data }) => callback_data)
  expect(await press(house, ben, own, data)).toBe('That was asked too long ago. Please send /forget again.')
  expect(await press(house, ben, own, 'forget:99')).toBe('That was asked too long ago. Please send /forget again.')

  expect(await press(house, ada, question, 'No')).toBe('Nothing was removed.')
  const kept = await house.heard(ada, /^Nothing was removed\.$/)
  expect([kept.message_id, buttonsOf(kept)]).toEqual([question.message_id, []])
  expect(rowsOf(house, ada).updates.length).toBeGreaterThan(0)

  write(
    house,
    `UPDATE updates SET received_at = strftime('%Y-%m-%dT%H:%M:%fZ', received_at, '-11 minutes') WHERE chat_id = ${ada.id}`,
  )
  expect(await press(house, ada, question, data)).toBe('That was asked too long ago. Please send /forget again.')

  const again = await ask(house, ada)
  const [yes = '', no = ''] = buttonsOf(again).map(({ callback_data }) => callback_data)
  expect(await press(house, ada, again, YES)).toBe('Everything is forgotten.')
  await house.heard(ada, 'I have forgotten you')
  expect(await press(house, ada, again, yes)).toBe('That is done already: there is nothing left.')
  expect(await press(house, ada, again, no)).toBe('That is done already: there is nothing left.')
  expect(house.texts(ada).filter((text) => text.includes('I have forgotten you'))).toHaveLength(1)
})

test('jobs that run are stopped, ones that wait are removed, and neither says a word more', async () => {
  await using house = await build({ env: { MAX_RUNNING_JOBS_PER_USER: '1' } })
  const never = house.claude.gate()
  house.claude.when(asCritic, { text: 'Too late.', hold: never.promise })
  house.telegram.say(ada, '/board one')
  house.telegram.say(ada, '/board two')
  await house.until(() => house.claude.inFlight === 1 && house.claude.requests.some(({ body }) => asCritic(body)))
  await house.heard(ada, 'Queued #2')
  const question = await ask(house, ada)
  expect(question.text).toContain('• 2 background jobs (1 running, 1 waiting), with all steps and results')
  const asked = house.claude.requests.length
  await press(house, ada, question, YES)
  await house.heard(ada, 'I have forgotten you')
  await house.until(() => house.claude.inFlight === 0)
  never.open()
  await house.delivered()
  const heard = house.texts(ada).length

  house.telegram.say(ben, '/board three') // and the runner goes on with others
  await house.heard(ben, '#3 board')
  expect(house.claude.aborted).toBe(1)
  expect(house.claude.requests.slice(asked).every(({ body }) => JSON.stringify(body).includes('three'))).toBe(true)
  expect(house.texts(ada)).toHaveLength(heard)
  for (const [table, rows] of Object.entries(rowsOf(house, ada))) expect(rows, table).toEqual([])
  await house.kill()
  await house.boot()
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, /^No background jobs yet\.$/)
  expect(house.texts(ada).join()).not.toContain('interrupted')
})

test('a job that ends in the same moment leaves nothing behind and breaks nothing', async () => {
  await using house = await build()
  for (let round = 1; round <= 6; round++) {
    const gate = house.claude.gate()
    house.claude.when(asCritic, { text: `Verdict ${round}.`, hold: gate.promise }, 1)
    const earlier = house.claude.requests.length
    house.telegram.say(ada, `/board Round ${round}`)
    await house.until(() => house.claude.requests.slice(earlier).some(({ body }) => asCritic(body)))
    const known = house.telegram.sent(ada.id).length
    house.telegram.say(ada, '/forget')
    const question = await house.until(() =>
      house.telegram
        .sent(ada.id)
        .slice(known)
        .find(({ text }) => text.includes('Shall I remove all of it?')),
    )
    const pressed = house.telegram.press(ada, question.message_id, buttonsOf(question)[0]?.callback_data ?? '')
    if (round % 2)
      await house.until(() => house.rows('SELECT 1 FROM updates WHERE update_id = ?', pressed.update_id).length === 1)
    gate.open()
    await house.until(() => house.telegram.sent(ada.id).find(({ message_id }) => message_id === question.message_id)?.edited)
    await house.delivered()
    for (const [table, rows] of Object.entries(rowsOf(house, ada))) expect(rows, table).toEqual([])
  }
  expect(house.log.filter((line) => /"level":[56]0/.test(line))).toEqual([])
  house.telegram.say(ben, '/board Another')
  await house.heard(ben, '✅ #7 board')
})

test('an answer that is being written ends and is never sent; what is said after the press is answered, knowing nothing', async () => {
  await using house = await build()
  const never = house.claude.gate()
  house.claude.script({ text: 'The first zanzibarquux.' }, { text: 'Too late.', hold: never.promise })
  house.telegram.say(ada, 'One zanzibarquux')
  await house.heard(ada, 'The first zanzibarquux.')
  const question = await ask(house, ada)
  house.telegram.say(ada, 'Two zanzibarquux')
  await house.until(() => house.claude.inFlight === 1)
  house.telegram.say(ada, 'Three zanzibarquux, which waits')
  await house.until(() => house.rows('SELECT 1 FROM updates').length === 4)

  house.claude.script({ text: 'A new answer.' })
  house.telegram.press(ada, question.message_id, buttonsOf(question)[0]?.callback_data ?? '')
  await house.until(() => house.rows('SELECT 1 FROM updates').length === 5) // presses and messages overtake each other
  house.telegram.say(ada, 'Four')
  await house.heard(ada, 'A new answer.')
  await house.heard(ada, 'I have forgotten you')
  await house.until(() => house.claude.aborted === 1)
  expect(JSON.stringify(house.claude.requests.at(-1)?.body)).not.toContain('zanzibarquux')
  await house.until(() => !bytes(house).includes('zanzibarquux'))
  never.open()
  await house.kill()
  await house.boot()
  await house.delivered()
  expect(house.texts(ada).filter((text) => /late|sorry/i.test(text))).toEqual([])
  expect(house.rows('SELECT role FROM messages ORDER BY id')).toEqual([{ role: 'user' }, { role: 'assistant' }])
})

test('a fold under way ends as well, and leaves no summary', async () => {
  await using house = await build()
  const turns = Array.from(
    { length: 45 },
    (_, turn) => `(41, 41, ${turn + 1}, 0, 'user', '[{"type":"text","text":"Old ${turn}"}]', 5)`,
  )
  write(
    house,
    `INSERT INTO sqlite_sequence VALUES ('updates', 100);
     INSERT INTO messages (chat_id, user_id, turn, ordinal, role, content, tokens) VALUES ${turns.join()}`,
  )
  const gate = house.claude.gate()
  const isFold = (request: unknown) => JSON.stringify(request).includes('<turns>')
  house.claude.when(isFold, { text: 'In short, zanzibarquux.', hold: gate.promise })
  house.claude.script({ text: 'An answer.' })
  house.telegram.say(ada, 'One more')
  await house.heard(ada, 'An answer.')
  await house.until(() => house.claude.requests.some(({ body }) => isFold(body)))
  expect(await press(house, ada, await ask(house, ada), YES)).toBe('Everything is forgotten.')
  await house.until(() => house.claude.inFlight === 0 && house.claude.aborted === 1)
  gate.open()
  await house.heard(ada, 'I have forgotten you')
  await house.delivered()
  for (const [table, rows] of Object.entries(rowsOf(house, ada))) expect(rows, table).toEqual([])
})

test('a press works after a SIGKILL, and an update that is sent again after the forgetting does nothing', async () => {
  await using house = await build()
  const old = house.telegram.say(ada, '/board zanzibarquux')
  await house.heard(ada, '✅ #1 board')
  const question = await ask(house, ada)
  await house.kill()
  await house.boot()
  expect(await press(house, ada, question, YES)).toBe('Everything is forgotten.')
  await house.heard(ada, 'I have forgotten you')
  await house.delivered()
  const heard = house.texts(ada).length
  const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET }
  const sent = await fetch(`${house.url}/telegram/webhook`, { method: 'POST', headers, body: JSON.stringify(old) })
  expect(sent.status).toBe(200)
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, /^No background jobs yet\.$/)
  expect(house.texts(ada)).toHaveLength(heard + 1)
  expect(house.rows('SELECT 1 FROM background_jobs')).toEqual([])
})

test('killed before the last word has gone out, it is forgotten all the same, and the last word goes out after the next boot', async () => {
  await using house = await build()
  const question = await ask(house, ada)
  for (const method of ['answerCallbackQuery', 'editMessageText'])
    house.telegram.fail({ method, times: always, fault: { kind: 'hang' } })
  house.telegram.press(ada, question.message_id, buttonsOf(question)[0]?.callback_data ?? '')
  await house.until(() => house.rows('SELECT 1 FROM deliveries WHERE vanishes = 1').length === 2)
  await house.kill()
  house.telegram.clearFaults()
  await house.boot()
  await house.heard(ada, 'I have forgotten you')
  await house.until(() => house.rows('SELECT 1 FROM deliveries').length === 0)
  expect(house.rows('SELECT 1 FROM updates WHERE payload IS NOT NULL OR chat_id IS NOT NULL')).toEqual([])
})

test('a document that Telegram refuses while its person is forgotten is not sent in another form', async () => {
  await using house = await build({ asleep: true })
  const db = await openDatabase(house.file)
  const [begun, refused] = [house.claude.gate(), house.claude.gate()]
  const refusing = async () => {
    begun.open()
    await refused.promise
    throw new TelegramError({ error_code: 400, description: 'Bad Request: odd' })
  }
  const log = { info() {}, warn() {}, error() {} } as never
  const parts = { db, api: { callApi: refusing } as never, pace: createPace(), scrub: (text: string) => text, log }
  const sender = createSender(parts)
  const job = await db.jobs.create({
    userId: ada.id,
    jobType: 'board',
    inputText: '',
    chatId: ada.id,
    messageThreadId: null,
    requestMessageId: null,
    updateId: null,
  })
  const to = { chatId: ada.id, messageThreadId: null, jobId: job?.id ?? 0, purpose: 'outcome', part: 1 } as const
  await db.deliveries.add([{ ...to, method: 'sendDocument', payload: JSON.stringify({ title: 'a', markdown: 'b' }) }])
  await sender.start()
  await begun.promise
  await db.transaction(({ people }) => people.forget(ada.id, 0))
  refused.open()
  await sender.flush(AbortSignal.timeout(5_000))
  await sender.stop()
  expect(house.rows('SELECT 1 FROM deliveries')).toEqual([])
  await db.close()
})
