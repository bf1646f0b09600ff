import { expect, test } from 'vitest'
import { ada, build, type House } from './build.ts'

const isCritic = (request: { system?: unknown }) => JSON.stringify(request.system).includes('Role: Critic')
const isDirector = (request: { system?: unknown }) =>
  /Role: (Strategy|Content|Finance|Research)/.test(JSON.stringify(request.system))
const kinds = (message: { entities: { type: string }[] }) => message.entities.map(({ type }) => type)
const outcome = (house: House) => house.telegram.sent(ada.id).filter(({ text }) => !text.startsWith('Started'))

test('a result rings once: the verdict on one screen, as a reply; the views follow silently as expandable quotes', async () => {
  await using house = await build()
  house.claude.when(isDirector, { text: `I **would** go.\n\n${'Because it is so. '.repeat(30)}\n\n- one\n- two` })
  house.claude.when(isCritic, { text: '**What to do:** go.' })
  const asked = house.telegram.say(ada, '/board Lisbon?')
  await house.heard(ada, '✅ #1 board')
  await house.delivered()
  const [acknowledgement, first, ...rest] = house.telegram.sent(ada.id)
  expect(acknowledgement?.disable_notification).toBe(true)
  expect(first?.text).toBe('✅ #1 board\n\nWhat to do: go.')
  expect(first?.reply_to).toBe((asked.message as { message_id: number }).message_id)
  expect(first?.disable_notification).toBeUndefined()
  expect(rest.length).toBeGreaterThan(0)
  expect(rest.every(({ disable_notification }) => disable_notification)).toBe(true)
  expect(rest.flatMap(kinds).filter((type) => type === 'expandable_blockquote').length).toBeGreaterThanOrEqual(4)
})

test('a verdict that is too long for a screen goes on in the next message, whole', async () => {
  await using house = await build()
  const verdict = Array.from({ length: 60 }, (_, n) => `Sentence ${n} of a long verdict.`).join(' ')
  house.claude.when(isDirector, { text: 'Go.' })
  house.claude.when(isCritic, { text: verdict })
  house.telegram.say(ada, '/board Lisbon?')
  await house.heard(ada, '✅ #1 board')
  await house.delivered()
  const [first, second] = outcome(house)
  expect(first?.text.length).toBeLessThanOrEqual(900)
  expect(`${first?.text} ${second?.text}`).toContain(verdict)
})

test('more than four parts come as the first one and a document with the whole', async () => {
  await using house = await build()
  const long = Array.from(
    { length: 260 },
    (_, n) => `## Heading ${n}\n\nText **bold** & <tags> \`code ${n}\`.\n\n| a | b |\n|---|---|\n| ${n} | x |`,
  )
  house.claude.when(isDirector, { text: long.join('\n\n') })
  house.claude.when(isCritic, { text: 'Go.' })
  house.telegram.say(ada, '/board Lisbon?')
  await house.until(() => house.telegram.sent(ada.id).some(({ document }) => document))
  await house.delivered()
  const [first, document, ...more] = outcome(house)
  expect(first?.text).toBe('✅ #1 board\n\nGo.')
  expect(more).toEqual([])
  expect(document?.disable_notification).toBe(true)
  expect(document?.document?.file_name).toBe('1-board.html')
  const html = document?.document?.content.toString() ?? ''
  expect(html).toContain('name="viewport"')
  for (const n of [0, 130, 259]) expect(html).toContain(`Heading ${n}</h2>`)
  expect(html).toContain('&lt;tags&gt;')
  expect(house.job(1)?.result_text).toContain('Heading 259')
})

test('a part that Telegram refuses goes out as plain text', async () => {
  await using house = await build()
  house.claude.script({ text: 'Some **bold** words & <more>' })
  house.telegram.fail({
    method: 'sendMessage',
    fault: { kind: 'refuse', error_code: 400, description: "Bad Request: can't parse entities: Unsupported start tag" },
  })
  house.telegram.say(ada, 'Hello')
  const message = await house.heard(ada, 'Some bold words & <more>')
  expect(message.entities).toEqual([])
  expect(message.payload.parse_mode).toBeUndefined()
})

test('a result of 50,000 characters with every kind of markup is kept whole, and /job sends it again', async () => {
  await using house = await build()
  const piece = (n: number) =>
    `### Part ${n}\n\n> A quote **${n}**\n\n1. one\n   - nested *${n}*\n2. two\n\n\`\`\`js\nconst x = ${n} < 3 && "y"\n\`\`\`\n\n[a link](https://example.org/?n=${n}&m=1) ~~gone~~ ${'and words '.repeat(20)}`
  const text = Array.from({ length: 150 }, (_, n) => piece(n))
    .join('\n\n')
    .trim()
  house.claude.when(isDirector, { text: 'Go.' })
  house.claude.when(isCritic, { text })
  house.telegram.say(ada, '/board Lisbon?')
  await house.until(() => house.telegram.sent(ada.id).some(({ document }) => document))
  house.telegram.say(ada, '/job 1')
  await house.until(() => house.telegram.sent(ada.id).filter(({ document }) => document).length === 2)
  expect(house.job(1)?.result_text).toContain(text)
  const documents = house.telegram.sent(ada.id).flatMap(({ document }) => (document ? [document.content.toString()] : []))
  for (const html of documents) for (const n of [0, 75, 149]) expect(html).toContain(`Part ${n}<`)
  expect(house.rows("SELECT 1 FROM deliveries WHERE state = 'failed'")).toEqual([])
})

test('an answer with every kind of markup arrives in order and whole, each part within the limit', async () => {
  await using house = await build()
  const text = Array.from(
    { length: 40 },
    (_, n) =>
      `## Head ${n}\n\n**bold** _italic_ \`code\` ~~old~~\n\n> quote ${n}\n\n- item\n  - nested\n\n\`\`\`\nline ${n}\n${'x'.repeat(120)}\n\`\`\``,
  ).join('\n\n')
  house.claude.script({ text })
  house.telegram.say(ada, 'Everything')
  await house.heard(ada, 'Head 39')
  await house.delivered()
  const parts = house.telegram.sent(ada.id)
  expect(parts.length).toBeGreaterThan(1)
  expect(parts.every((part) => part.text.length <= 4_096 && part.entitiesDropped === 0)).toBe(true)
  expect(
    parts
      .map((part) => part.text)
      .join('\n')
      .match(/Head \d+/g),
  ).toEqual(Array.from({ length: 40 }, (_, n) => `Head ${n}`))
  expect(parts.slice(1).every(({ disable_notification }) => disable_notification)).toBe(true)
})

test('a document that Telegram does not take comes as messages, whole', async () => {
  await using house = await build()
  const text = Array.from({ length: 900 }, (_, n) => `Line ${n} of a long answer.`).join('\n')
  house.claude.script({ text })
  house.telegram.fail({
    method: 'sendDocument',
    fault: { kind: 'refuse', error_code: 400, description: 'Bad Request: not enough rights to send documents to the chat' },
  })
  house.telegram.say(ada, 'Everything')
  await house.heard(ada, 'Line 899')
  await house.delivered()
  const told = house.texts(ada).slice(1).join('\n')
  expect(told.match(/Line \d+/g)).toEqual(Array.from({ length: 900 }, (_, n) => `Line ${n}`))
})

test('a document that was to be sent when the process was killed arrives after the next boot', async () => {
  await using house = await build()
  house.telegram.fail({ method: 'sendDocument', fault: { kind: 'hang' } })
  house.claude.script({ text: 'Words of a long answer. '.repeat(900) })
  house.telegram.say(ada, 'Everything')
  await house.until(() => house.telegram.calls.some(({ method }) => method === 'sendDocument'))
  await house.kill()
  await house.boot()
  await house.until(() => house.telegram.sent(ada.id).some(({ document }) => document))
})

test('a rule in code is no seam of a result, and one at its beginning leaves something to ring for', async () => {
  await using house = await build()
  house.claude.when(isDirector, { text: 'Go.' })
  house.claude.when(isCritic, { text: '---\n\nThe file:\n\n```yaml\na: 1\n---\nb: 2\n```\n\nThat is all.' })
  house.telegram.say(ada, '/board Lisbon?')
  const first = await house.heard(ada, '✅ #1 board')
  expect(first.text).toContain('a: 1\n---\nb: 2')
  expect(first.text).toContain('That is all.')
})

test('an answer that shows nothing as Markdown is shown as it stands', async () => {
  await using house = await build()
  house.claude.script({ text: '[note]: https://example.org' })
  house.telegram.say(ada, 'Hello')
  await house.heard(ada, 'example.org')
  expect(house.claude.requests).toHaveLength(1)
})

test('in plain text a link keeps its address', async () => {
  await using house = await build()
  house.claude.script({ text: 'See [the report](https://example.org/r?a=1&b=2).' })
  house.telegram.fail({
    method: 'sendMessage',
    fault: { kind: 'refuse', error_code: 400, description: "Bad Request: can't parse entities" },
  })
  house.telegram.say(ada, 'Hello')
  await house.heard(ada, 'See the report (https://example.org/r?a=1&b=2).')
})
