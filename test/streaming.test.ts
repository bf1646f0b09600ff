import { expect, test } from 'vitest'
import { ada, build, type House } from './build.ts'

const words = (count: number) => Array.from({ length: count }, (_, n) => `word${n}`).join(' ')
const calls = (house: House, method: string) => house.telegram.calls.filter((call) => call.method === method)
/** An answer of which the beginning arrives at once and the end when the gate opens. */
const inTwoPieces = (house: House, first: string, second: string, hold: Promise<void>) => {
  house.claude.script({ text: first, toolCalls: [{ name: 'list_background_jobs', input: {} }] }, { text: second, hold })
}

test('an answer appears as a draft while it is written, and comes as one real message', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  inTwoPieces(house, 'The **beginning**.', 'The end.', gate.promise)
  house.telegram.say(ada, 'Tell me')
  const draft = await house.until(() => house.telegram.draft(ada.id))
  expect(draft.text).toBe('The beginning.')
  expect(draft.entities).toEqual([{ type: 'bold', offset: 4, length: 9 }])
  expect(house.texts(ada)).toEqual([])
  gate.open()
  await house.heard(ada, 'The beginning.\n\nThe end.')
  await house.delivered()
  expect(house.texts(ada)).toEqual(['The beginning.\n\nThe end.'])
  expect(house.telegram.draft(ada.id)).toBeUndefined()
  expect(calls(house, 'sendMessageDraft').every(({ payload }) => payload.draft_id === 1)).toBe(true)
})

test('where the Bot API knows no drafts, the answer is written into one message by edits', async () => {
  await using house = await build({ drafts: false })
  const gate = house.claude.gate()
  inTwoPieces(house, 'The beginning.', 'The **end**.', gate.promise)
  house.telegram.say(ada, 'Tell me')
  await house.heard(ada, 'The beginning.')
  gate.open()
  const whole = await house.heard(ada, 'The beginning.\n\nThe end.')
  await house.delivered()
  expect(house.telegram.sent(ada.id)).toHaveLength(1)
  expect(whole.edited).toBe(true)
  expect(whole.entities).toContainEqual({ type: 'bold', offset: 20, length: 3 })
  expect(calls(house, 'sendMessage')).toHaveLength(1)
})

test('killed while it is written by edits, the same message becomes the answer after the next boot', async () => {
  await using house = await build({ drafts: false })
  house.claude.script({ text: words(200), chunks: 20, fault: { kind: 'stall' } })
  house.telegram.say(ada, 'Tell me')
  await house.heard(ada, 'word0')
  await house.until(() => house.rows('SELECT 1 FROM updates WHERE preview_message_id IS NOT NULL').length === 1)
  await house.kill()
  house.claude.script({ text: 'The whole answer.' })
  await house.boot()
  await house.heard(ada, 'The whole answer.')
  await house.delivered()
  expect(house.texts(ada)).toEqual(['The whole answer.'])
})

test('a preview that the person deleted does not swallow the answer', async () => {
  await using house = await build({ drafts: false })
  const gate = house.claude.gate()
  inTwoPieces(house, 'The beginning.', 'The end.', gate.promise)
  house.telegram.say(ada, 'Tell me')
  const { message_id } = await house.heard(ada, 'The beginning.')
  const url = `${house.telegram.url}/bot${house.telegram.token}/deleteMessage`
  const headers = { 'content-type': 'application/json' }
  await fetch(url, { method: 'POST', headers, body: JSON.stringify({ chat_id: ada.id, message_id }) })
  gate.open()
  await house.heard(ada, 'The end.')
  await house.delivered()
  expect(house.telegram.sent(ada.id)).toHaveLength(1)
})

test('where nothing can be shown, the answer comes whole, once', async () => {
  await using house = await build()
  house.telegram.fail({ method: 'sendMessageDraft', times: 100, fault: { kind: 'server-error' } })
  house.claude.script({ text: 'Here it is.' })
  house.telegram.say(ada, 'Tell me')
  await house.heard(ada, 'Here it is.')
  await house.delivered()
  expect(house.texts(ada)).toEqual(['Here it is.'])
})

test('an answer that broke off and was begun anew is shown and sent once', async () => {
  await using house = await build()
  house.claude.script({ text: words(100), fault: { kind: 'cut' } }, { text: 'A second try.' })
  house.telegram.say(ada, 'Tell me')
  await house.heard(ada, 'A second try.')
  await house.delivered()
  expect(house.texts(ada)).toEqual(['A second try.'])
})

test('an answer is not shown above one that still waits to be sent', async () => {
  await using house = await build({ drafts: false })
  house.claude.script({ text: 'First.' }, { text: words(300), chunks: 60, chunkMs: 100 })
  house.telegram.fail({ method: 'sendMessage', times: 2, fault: { kind: 'server-error' } })
  house.telegram.say(ada, 'one')
  await house.until(() => house.rows("SELECT 1 FROM deliveries WHERE state = 'pending' AND attempts > 0").length === 1)
  house.telegram.say(ada, 'two')
  await house.heard(ada, 'word299')
  await house.delivered()
  expect(house.texts(ada).map((text) => text.slice(0, 5))).toEqual(['First', 'word0'])
})

test('/stop and other commands do not wait for an edit that hangs', async () => {
  await using house = await build({ drafts: false })
  house.claude.script({ text: words(400), chunks: 40, chunkMs: 200 })
  house.telegram.say(ada, 'Tell me')
  await house.heard(ada, 'word0')
  house.telegram.fail({ method: 'editMessageText', fault: { kind: 'hang' } })
  await house.until(() =>
    house.telegram.calls.some(({ method, outcome }) => method === 'editMessageText' && outcome === 'hang'),
  )
  house.telegram.say(ada, '/stop')
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  expect(house.texts(ada).join()).not.toContain('Stopped.')
  await house.heard(ada, '⏹ Stopped.')
})

test('a long answer is shown by its growing end, and by edits by its beginning', async () => {
  await using house = await build()
  const story = Array.from({ length: 500 }, (_, n) => `Line ${n} of it.`).join('\n')
  const gate = house.claude.gate()
  inTwoPieces(house, story, 'The end.', gate.promise)
  house.telegram.say(ada, 'Tell me')
  const draft = await house.until(() => house.telegram.draft(ada.id)?.text.includes('Line 499') && house.telegram.draft(ada.id))
  expect(draft?.text).toMatch(/^…Line \d+ of it\./)
  expect(draft?.text.length).toBeGreaterThan(3_000)
  gate.open()
  await house.heard(ada, 'The end.')
})
