import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { type MessageRequest, textOf } from '../playground/messages-api/request.ts'
import { ada, build, type House } from './build.ts'

const isFold = (request: { system?: unknown }) => JSON.stringify(request.system).includes('Role: Summary')
const chats = (house: House) => house.claude.requests.filter(({ body }) => !isFold(body))
const tokensOf = (
  usage: { input_tokens: number; cache_read_input_tokens: number; cache_creation_input_tokens: number } | undefined,
) => (usage?.input_tokens ?? 0) + (usage?.cache_read_input_tokens ?? 0) + (usage?.cache_creation_input_tokens ?? 0)
const answer = (request: MessageRequest) =>
  isFold(request) ? { text: `They count. ${'Memory. '.repeat(60)}` } : { text: `${'Words of an answer. '.repeat(36)}` }

async function talk(house: House, from: number, to: number): Promise<void> {
  for (let turn = from; turn <= to; turn++) {
    house.telegram.say(ada, `This is turn ${turn}, and it has a few words.`)
    await house.until(() => house.rows('SELECT 1 FROM messages WHERE role = ?', 'assistant').length === turn)
  }
}

test('after the first turns, a turn sends about as much as any later one, and the older ones stay on disk', async () => {
  await using house = await build()
  house.claude.when(() => true, answer)
  await talk(house, 1, 150)
  const sent = chats(house).map(({ usage }) => tokensOf(usage))
  const reference = sent[49] ?? 0
  expect(Math.max(...sent.slice(50))).toBeLessThanOrEqual(reference * 1.1)
  expect(house.rows('SELECT 1 FROM messages')).toHaveLength(300)
  const last = chats(house).at(-1)
  expect(textOf(last?.body.messages[0]?.content ?? '')).toContain('They count.')
  const read = chats(house).map(({ usage }) => usage?.cache_read_input_tokens ?? 0)
  expect(Math.min(...read.slice(1))).toBeGreaterThan(1_000) // the fixed part, whatever was folded
})

test('a fold waits for nobody and nobody waits for it; one that fails is made up for', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.fail({ match: isFold, fault: { kind: 'credit' }, times: 1 })
  house.claude.when(isFold, { text: 'In short.', hold: gate.promise })
  house.claude.when(() => true, answer)
  await talk(house, 1, 30)
  expect(house.rows('SELECT 1 FROM summaries')).toEqual([])
  expect(chats(house).at(-1)?.body.messages).toHaveLength(59)
  gate.open()
  await house.until(() => house.rows('SELECT 1 FROM summaries').length > 0)
  await talk(house, 31, 31)
  const [first] = chats(house).at(-1)?.body.messages ?? []
  expect(textOf(first?.content ?? '')).toContain('In short.')
})

test('the next summary is made of the one before and what followed, and a restart changes nothing', async () => {
  await using house = await build()
  house.claude.when(isFold, (request) => ({
    text: `Summary of ${JSON.stringify(request.messages)
      .match(/turn \d+/g)
      ?.join(', ')}.`,
  }))
  house.claude.when(() => true, answer)
  await talk(house, 1, 25)
  await house.until(() => house.rows('SELECT 1 FROM summaries').length > 0)
  await house.kill()
  const before = house.rows('SELECT 1 FROM summaries').length
  await house.boot()
  await talk(house, 26, 30)
  await house.until(() => house.rows('SELECT 1 FROM summaries').length > before)
  const folds = house.claude.requests
    .filter(({ body }) => isFold(body))
    .map(({ body }) => textOf(body.messages[0]?.content ?? ''))
  expect(folds[0]).toContain('(none yet)')
  expect(folds[1]).toContain('Summary of turn 1')
  const told = (fold = '') => fold.match(/(?<=Person: \[[^\]]*\]\n)This is turn \d+/g) ?? []
  expect(told(folds[0])[0]).toBe('This is turn 1')
  expect(Number(told(folds[1])[0]?.match(/\d+/))).toBe(told(folds[0]).length + 1)
})

test('/new leaves the summary behind with the rest', async () => {
  await using house = await build()
  house.claude.when(isFold, { text: 'An old story.' })
  house.claude.when(() => true, answer)
  await talk(house, 1, 25)
  await house.until(() => house.rows('SELECT 1 FROM summaries').length > 0)
  house.telegram.say(ada, '/new')
  await house.until(() => house.rows("SELECT 1 FROM messages WHERE role = 'boundary'").length > 0)
  house.telegram.say(ada, 'Hello')
  await house.until(() => house.rows('SELECT 1 FROM messages WHERE role = ?', 'assistant').length === 26)
  expect(chats(house).at(-1)?.body.messages).toHaveLength(1)
})

test('where folding fails for good, the history that is sent stays bounded all the same, in whole turns', async () => {
  await using house = await build()
  await house.kill()
  const db = new Sqlite(house.file)
  const insert = db.prepare(
    'INSERT INTO messages (chat_id, user_id, turn, ordinal, role, content, tokens) VALUES (41, 41, ?, ?, ?, ?, 500)',
  )
  const text = (words: string) => JSON.stringify([{ type: 'text', text: words }])
  const call = (turn: number) =>
    JSON.stringify([{ type: 'tool_use', id: `tool_${turn}`, name: 'list_background_jobs', input: {} }])
  db.exec("INSERT INTO sqlite_sequence (name, seq) VALUES ('updates', 1000)")
  for (let turn = 1; turn <= 200; turn++) {
    insert.run(turn, 0, 'user', text(`question ${turn}`))
    insert.run(turn, 1, 'assistant', call(turn))
    insert.run(turn, 2, 'user', JSON.stringify([{ type: 'tool_result', tool_use_id: `tool_${turn}`, content: '{}' }]))
    insert.run(turn, 3, 'assistant', text(`answer ${turn}`))
  }
  db.close()
  house.claude.fail({ match: isFold, fault: { kind: 'credit' } })
  house.claude.when(() => true, { text: 'Bounded.' })
  await house.boot()
  house.telegram.say(ada, 'Hello')
  await house.heard(ada, 'Bounded.')
  const messages = chats(house)[0]?.body.messages ?? []
  expect(messages).toHaveLength(50 * 4 + 1) // of 400,000 tokens, the newest 100,000
  expect(textOf(messages[0]?.content ?? '')).toBe('question 151')
})
