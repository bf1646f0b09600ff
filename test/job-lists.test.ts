import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ada, ben, build, type House } from './build.ts'
import { buttonsOf, press } from './press.ts'

/** Finished jobs as earlier months left them. */
function insert(house: House, jobs: { user_id?: number; input: string; result: string; at: string; status?: string }[]) {
  const db = new Sqlite(house.file)
  const sql = `INSERT INTO background_jobs (user_id, chat_id, job_type, status, input_text, result_text, created_at, started_at, completed_at)
    VALUES (?, ?, 'board', ?, ?, ?, ?, ?, ?)`
  const add = db.prepare(sql)
  db.transaction(() => {
    for (const { user_id = ada.id, input, result, at, status = 'done' } of jobs)
      add.run(user_id, user_id, status, input, result, at, at, at)
  })()
  db.close()
}

const numbers = (text: string) => [...text.matchAll(/^#(\d+) /gm)].map(([, id]) => Number(id))
const labels = (message: Parameters<typeof buttonsOf>[0]) => buttonsOf(message).map(({ text }) => text)
const dataOf = (message: Parameters<typeof buttonsOf>[0], label: string) =>
  buttonsOf(message).find(({ text }) => text.includes(label))?.callback_data ?? ''

test('/jobs turns its pages in place, filters by state, and its buttons fit a phone', async () => {
  await using house = await build()
  insert(house, [
    ...Array.from({ length: 24 }, (_, n) => ({ input: `topic ${n + 1}`, result: 'r', at: '2026-05-01T00:00:00.000Z' })),
    { input: 'broken', result: 'Claude was overloaded', at: '2026-05-02T00:00:00.000Z', status: 'failed' },
  ])
  house.telegram.say(ada, '/jobs')
  const list = await house.heard(ada, '📋')
  const now = () => house.telegram.sent(ada.id).find(({ message_id }) => message_id === list.message_id) ?? list
  expect(numbers(list.text)).toEqual([25, 24, 23, 22, 21, 20, 19, 18, 17, 16])
  expect(labels(list).slice(0, 2)).toEqual(['Run #25 again', 'Show #24'])
  expect(labels(list).slice(10)).toEqual(['Older ▶', '• All', 'Running', 'Done', 'Failed'])
  expect(Math.max(...labels(list).map((label) => label.length))).toBeLessThanOrEqual(16)

  const turnTo = async (label: string, wanted: number[]) => {
    expect(await press(house, ada, list, dataOf(now(), label))).toBe('')
    await house.until(() => JSON.stringify(numbers(now().text)) === JSON.stringify(wanted))
  }
  await turnTo('Older', [15, 14, 13, 12, 11, 10, 9, 8, 7, 6])
  await turnTo('Older', [5, 4, 3, 2, 1])
  expect(labels(now())).not.toContain('Older ▶')
  await turnTo('Newer', [15, 14, 13, 12, 11, 10, 9, 8, 7, 6])
  await turnTo('Failed', [25])
  await turnTo('Running', [])
  expect(now().text).toContain('No running jobs.')
  await turnTo('All', [25, 24, 23, 22, 21, 20, 19, 18, 17, 16])
  await house.delivered()
  expect(house.telegram.sent(ada.id)).toHaveLength(1)

  expect(await press(house, ben, list, dataOf(list, 'Older'))).toBe('This button was sent to somebody else.')
  expect(await press(house, ada, list, 'jobs:z 1')).toBe('This button has no function any more.')
  expect(await press(house, ada, list, dataOf(list, 'Show #24'))).toBe('')
  await house.heard(ada, '✅ #24 board')
})

test('what was asked months ago is found by its words, by its person alone', async () => {
  await using house = await build()
  insert(house, [
    { input: 'Should I move to Lisbon?', result: '**What to do:** wait for the Árvore tax.', at: '2026-06-10T10:00:00.000Z' },
    { input: 'A dog?', result: 'No. See the flights to LISBON first; "quotes" AND NOT.', at: '2026-07-01T00:00:00.000Z' },
    { user_id: ben.id, input: 'Lisbon of Ben', result: 'lisbon lisbon', at: '2026-06-11T00:00:00.000Z' },
    { input: 'Tea', result: 'Green.', at: '2026-06-12T00:00:00.000Z' },
  ])
  const search = async (words: string, wanted: number[]) => {
    const before = house.texts(ada).length
    house.telegram.say(ada, `/jobs ${words}`)
    const text = await house.until(() => house.texts(ada)[before])
    expect(numbers(text), words).toEqual(wanted)
    return text
  }
  expect(await search('lisbon', [2, 1])).toContain('🔎 Recent background jobs about “lisbon”')
  await search('LISBON move', [1])
  await search('arvore', [1])
  await search('flight', [2])
  await search('lisb', [2, 1])
  await search('what did they say about tea', [4, 1]) // whatever has any of the words, where nothing has all
  await search('failed lisbon', [])
  await search('done tea', [4])
  await search('user_id : 42', [])
  await search('" OR 1 NOT NEAR(* ^', [2]) // words like any other
  await search('🎈', [4, 2, 1])
  expect(await search('zebra', [])).toContain('Nothing found.')

  // A shell's rows are found, and what is removed is not.
  const db = new Sqlite(house.file)
  db.exec(
    "UPDATE background_jobs SET input_text = 'Coffee' WHERE id = 4; DELETE FROM job_events WHERE job_id = 2; DELETE FROM background_jobs WHERE id = 2",
  )
  db.close()
  await search('coffee', [4])
  await search('lisbon', [1])
})

test("Claude finds by words and by time, among the person's own jobs", async () => {
  await using house = await build()
  insert(house, [
    { input: 'Should I move to Lisbon?', result: 'Wait.', at: '2026-06-10T23:30:00.000Z' },
    { input: 'Lisbon again', result: 'Go.', at: '2026-08-10T10:00:00.000Z' },
    { user_id: ben.id, input: 'Lisbon of Ben', result: 'secret', at: '2026-06-11T00:00:00.000Z' },
  ])
  const input = { query: 'Lisbon', since: '2026-06-01', until: '2026-06-10' }
  house.claude.script({ toolCalls: [{ name: 'list_background_jobs', input }] }, { text: 'It said to wait.' })
  house.telegram.say(ada, 'What did the board say about Lisbon in June?')
  await house.heard(ada, 'It said to wait.')
  const given = JSON.stringify(house.claude.requests.at(-1)?.body.messages.at(-1))
  expect(given).toContain('Should I move to Lisbon?')
  expect(given).not.toContain('Lisbon again')
  expect(given).not.toContain('secret')
})

test("days are the person's own", async () => {
  await using house = await build({ env: { TIMEZONE: 'America/Los_Angeles' } })
  insert(house, [
    { input: 'In the evening', result: 'x', at: '2026-06-11T02:00:00.000Z' },
    { input: 'The next morning', result: 'x', at: '2026-06-11T16:00:00.000Z' },
  ])
  const input = { since: '2026-06-10', until: '2026-06-10' }
  house.claude.script({ toolCalls: [{ name: 'list_background_jobs', input }] }, { text: 'One.' })
  house.telegram.say(ada, 'What did I ask on the 10th?')
  await house.heard(ada, 'One.')
  const given = JSON.stringify(house.claude.requests.at(-1)?.body.messages)
  expect(given).toContain('In the evening')
  expect(given).not.toContain('The next morning')
})

test('/job answers with a card that leads to the first delivered part, and the whole again', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board Should I move?')
  const first = await house.heard(ada, '✅ #1 board')
  await house.heard(ada, 'Strategy\n')
  await house.delivered()
  house.telegram.say(ada, '/job 1')
  const card = await house.heard(ada, '🗂 #1 board · ✅ done')
  expect(card.reply_to).toBe(first.message_id)
  for (const line of [
    /^Should I move\?$/m,
    /^Asked \d\d:\d\d · began \d\d:\d\d · ended \d\d:\d\d · took \d+ s$/m,
    /^Steps: .*Strategy \d+ s.*Critic \d+ s$/m,
    /^[\d,]+ tokens in · [\d,]+ out · (\$\d+\.\d\d|less than \$0\.01)$/m,
    /^Delivered \d\d:\d\d$/m,
  ])
    expect(card.text).toMatch(line)
  await house.until(() => house.texts(ada).filter((text) => text.startsWith('✅ #1 board')).length === 2)
})
