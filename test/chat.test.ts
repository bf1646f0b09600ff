import { expect, test } from 'vitest'
import { textOf } from '../playground/messages-api/server.ts'
import { ada, ben, build } from './build.ts'

const lastWords = (entry: { body: { messages: { content: unknown }[] } } | undefined) =>
  textOf((entry?.body.messages.at(-1)?.content ?? '') as never)

test('a text is answered by Claude, and the conversation is sent along', async () => {
  await using house = await build()
  house.claude.script({ text: 'Good evening, Ada.' }, { text: 'You said hello.' })
  house.telegram.say(ada, 'Hello')
  await house.heard(ada, 'Good evening, Ada.')
  house.telegram.say(ada, 'What did I say?')
  await house.heard(ada, 'You said hello.')
  const { messages } = house.claude.requests[1]?.body ?? { messages: [] }
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  expect(textOf(messages[0]?.content ?? '')).toMatch(/^\[\w+day,? \d+ \w+ \d{4} at \d\d:\d\d, UTC\]\nHello$/)
  expect(textOf(messages[1]?.content ?? '')).toBe('Good evening, Ada.')
})

test('the fixed part of a turn is read from the prompt cache, and so is the conversation before it', async () => {
  await using house = await build()
  const long = 'Something to remember. '.repeat(150)
  for (const text of ['one', 'two', 'three']) {
    house.claude.script({ text: `${text} ${long}` })
    house.telegram.say(ada, `${text} ${long}`)
    await house.heard(ada, `${text} Something`)
  }
  const usage = house.claude.requests.map((entry) => entry.usage)
  expect(usage[1]?.cache_read_input_tokens).toBeGreaterThan(1000)
  expect(usage[2]?.cache_read_input_tokens).toBeGreaterThan((usage[1]?.cache_read_input_tokens ?? 0) + 1000)
  const system = house.claude.requests.map(({ body }) => JSON.stringify([body.system, body.tools]))
  expect(new Set(system).size).toBe(1)
})

test('"typing…" shows while the turn lasts', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.script({ text: 'Done.', hold: gate.promise })
  house.telegram.say(ada, 'Hello')
  await house.until(() => house.telegram.calls.some(({ method }) => method === 'sendChatAction'))
  gate.open()
  await house.heard(ada, 'Done.')
})

test('turns of one chat run in order; commands, other chats and jobs do not wait behind them', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.script({ text: 'The first answer.', hold: gate.promise })
  house.telegram.say(ada, 'first')
  await house.until(() => house.claude.inFlight === 1)
  house.claude.when((request) => lastWords({ body: request as never }).includes('second'), {
    text: 'The second answer.',
  })
  house.telegram.say(ada, 'second')
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  house.telegram.say(ada, '/board A question')
  await house.heard(ada, 'Strategy\n')
  house.telegram.say(ben, 'Hello')
  await house.until(() => house.texts(ben)[0])
  expect(house.texts(ada).filter((text) => text.includes('answer.'))).toEqual([])
  gate.open()
  await house.heard(ada, 'The second answer.')
  expect(house.texts(ada).filter((text) => text.includes('answer.'))).toEqual(['The first answer.', 'The second answer.'])
})

test('"Is my board done yet?" and "what did the board say?" just work', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.when((request) => JSON.stringify(request.system).includes('Role: Critic'), {
    text: 'Stay in Porto.',
    hold: gate.promise,
  })
  house.telegram.say(ada, '/board Should I move to Lisbon?')
  await house.until(() => house.job(1)?.status === 'running')
  house.telegram.say(ada, 'Is my board done yet?')
  const first = await house.until(() => house.texts(ada)[1])
  expect(first).toMatch(/#1/)
  expect(first).toMatch(/running|not done|still/i)
  gate.open()
  await house.heard(ada, 'Strategy\n')
  house.telegram.say(ada, 'Is my board done yet?')
  expect(await house.until(() => house.texts(ada)[4])).toMatch(/#1.*done|done.*#1/is)
  house.telegram.say(ada, 'What did the board say?')
  expect(await house.until(() => house.texts(ada)[5])).toContain('Stay in Porto.')
})

test('the tool gives the newest finished result in full, of the others the beginning, ten at most', async () => {
  await using house = await build()
  await house.kill()
  const { default: Sqlite } = await import('better-sqlite3')
  const db = new Sqlite(house.file)
  const insert = db.prepare(
    'INSERT INTO background_jobs (user_id, job_type, status, input_text, result_text, completed_at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const now = new Date().toISOString()
  for (let n = 1; n <= 12; n++) insert.run(ada.id, 'board', 'done', `topic ${n}`, `result ${n} `.repeat(1_500), now)
  insert.run(ada.id, 'research', 'failed', 'topic 13', 'no sources', now)
  insert.run(ada.id, 'mystery', 'queued', 'topic 14', null, null)
  db.close()
  await house.boot()
  await house.heard(ada, '❌ #14 mystery failed: Remy does not know this kind of job')

  const ask = async (input: Record<string, unknown>) => {
    house.claude.script({ toolCalls: [{ name: 'list_background_jobs', input }] }, { text: `Looked ${JSON.stringify(input)}` })
    house.telegram.say(ada, 'Look')
    await house.heard(ada, `Looked ${JSON.stringify(input)}`)
    const content = house.claude.requests.at(-1)?.body.messages.at(-1)?.content as {
      content: string
      is_error?: boolean
    }[]
    return content[0]
  }
  const done = JSON.parse((await ask({ status_filter: 'done' }))?.content ?? '').jobs
  expect(done.map((job: { id: number }) => job.id)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3])
  expect(done[0].result_preview ?? done[0].result).toHaveLength(8_000)
  expect(done[0].result_length).toBe('result 12 '.repeat(1_500).length)
  expect(done[1].result_preview).toHaveLength(200)
  expect(
    JSON.parse((await ask({}))?.content ?? '')
      .jobs.map((job: { status: string }) => job.status)
      .slice(0, 3),
  ).toEqual(['failed', 'failed', 'done'])
  expect(await ask({ status_filter: 'finished' })).toMatchObject({
    is_error: true,
    content: expect.stringContaining('status_filter'),
  })
  expect(await ask({ user_id: ben.id })).toMatchObject({ is_error: true })
})

test('a hostile model cannot reach the job of another person', async () => {
  await using house = await build()
  house.telegram.say(ben, '/board A secret of Ben')
  await house.heard(ben, 'Strategy\n')
  const calls = [
    { name: 'get_background_job', input: { job_id: 1 } },
    { name: 'get_background_job', input: { job_id: 1, user_id: ben.id } },
    { name: 'list_background_jobs', input: { status_filter: 'all' } },
    { name: 'get_background_job', input: { job_id: '1 OR 1=1' } },
    { name: 'no_such_tool', input: {} },
  ]
  house.claude.script({ toolCalls: calls }, { text: 'Nothing found.' })
  house.telegram.say(ada, 'What does Ben want?')
  await house.heard(ada, 'Nothing found.')
  const sent = JSON.stringify(house.claude.requests.at(-1)?.body.messages)
  expect(sent).toContain('Job #1 was not found.')
  expect(sent).not.toContain('A secret of Ben')
})

test('a long result is read in pages', async () => {
  await using house = await build()
  await house.kill()
  const { default: Sqlite } = await import('better-sqlite3')
  const db = new Sqlite(house.file)
  const text = Array.from({ length: 20_000 }, (_, n) => String(n % 10)).join('')
  db.prepare(
    "INSERT INTO background_jobs (user_id, job_type, status, result_text, completed_at) VALUES (?, 'board', 'done', ?, 'x')",
  ).run(ada.id, text)
  db.close()
  await house.boot()
  house.claude.script(
    { toolCalls: [0, 8_000, 16_000].map((offset) => ({ name: 'get_background_job', input: { job_id: 1, offset } })) },
    { text: 'Read.' },
  )
  house.telegram.say(ada, 'Read it')
  await house.heard(ada, 'Read.')
  const content = house.claude.requests.at(-1)?.body.messages.at(-1)?.content as { content: string }[]
  const pages = content.map((block) => JSON.parse(block.content))
  expect(pages.map((page) => page.result).join('')).toBe(text)
  expect(pages.map((page) => page.next_offset)).toEqual([8_000, 16_000, null])
})

test('a model that only ever calls tools comes to an end', async () => {
  await using house = await build()
  house.claude.when(() => true, { toolCalls: [{ name: 'list_background_jobs', input: {} }] })
  house.telegram.say(ada, 'Hello')
  await house.heard(ada, 'Sorry, I could not answer that: Claude did not come to an end.')
})

test('/new begins a new conversation; a turn that began before it belongs to the old one', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.script({ text: 'The old answer.', hold: gate.promise })
  house.telegram.say(ada, 'An old secret')
  await house.until(() => house.claude.inFlight === 1)
  house.telegram.say(ada, '/new')
  await house.heard(ada, 'A new conversation')
  gate.open()
  await house.heard(ada, 'The old answer.')
  house.claude.script({ text: 'Fresh.' })
  house.telegram.say(ada, 'Hello again')
  await house.heard(ada, 'Fresh.')
  expect(house.claude.requests.at(-1)?.body.messages).toHaveLength(1)
  expect(house.rows("SELECT * FROM messages WHERE content LIKE '%An old secret%'")).toHaveLength(1)
})

test('Claude failing becomes an answer that says so, and the conversation goes on', async () => {
  await using house = await build()
  house.claude.script({ fault: { kind: 'credit' } })
  house.telegram.say(ada, 'Hello')
  await house.heard(ada, 'Sorry, I could not answer that: the credit for Claude is used up.')
  house.claude.script({ text: 'Back again.' })
  house.telegram.say(ada, 'And now?')
  await house.heard(ada, 'Back again.')
})

test('a turn that Claude stumbled over does not spoil the next one', async () => {
  await using house = await build()
  house.claude.script(
    { blocks: [{ type: 'text', text: '' }], toolCalls: [{ name: 'list_background_jobs', input: {} }] },
    { fault: { kind: 'bad-request', message: 'messages.3: something is wrong' } },
  )
  house.telegram.say(ada, 'First')
  await house.heard(ada, 'Sorry, I could not answer that')
  house.claude.script({ text: 'Fine again.' })
  house.telegram.say(ada, 'Second')
  await house.heard(ada, 'Fine again.')
  expect(house.claude.requests.at(-1)?.body.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
})

test('jobs leave room for chat, however many run', async () => {
  await using house = await build({ env: { MAX_MODEL_CALLS: '4' } })
  const gate = house.claude.gate()
  house.claude.when((request) => JSON.stringify(request.system).includes('Role: '), {
    text: 'A view.',
    hold: gate.promise,
  })
  house.telegram.say(ben, '/board one')
  house.telegram.say(ben, '/board two')
  await house.until(() => house.claude.inFlight === 3 && house.job(2)?.status === 'running')
  house.claude.when(() => true, { text: 'Here at once.' })
  house.telegram.say(ada, 'Hello')
  await house.heard(ada, 'Here at once.')
  expect(house.claude.inFlight).toBe(3)
  gate.open()
})

test('what is not text gets a friendly sentence, and an edit changes nothing', async () => {
  await using house = await build()
  house.telegram.say(ada, '', {
    text: undefined,
    sticker: { file_id: 'x', file_unique_id: 'y', type: 'regular', width: 1, height: 1 },
  })
  await house.heard(ada, 'I can read text, photos, PDFs and text files')
  const said = house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  house.telegram.edit(ada, (said.message as { message_id: number }).message_id, '/board Changed my mind')
  await house.telegram.idle()
  house.telegram.say(ada, '/nonsense')
  await house.heard(ada, "I don't know that command")
  expect(house.texts(ada)).toHaveLength(3)
  expect(house.rows('SELECT * FROM background_jobs')).toEqual([])
})

test('answers go to the topic that asked', async () => {
  await using house = await build()
  house.claude.script({ text: 'In the topic.' })
  house.telegram.say(ada, 'Hello', { message_thread_id: 77, is_topic_message: true })
  expect((await house.heard(ada, 'In the topic.')).message_thread_id).toBe(77)
  house.telegram.say(ada, '/board A question', { message_thread_id: 78, is_topic_message: true })
  expect((await house.heard(ada, 'Strategy\n')).message_thread_id).toBe(78)
})

test('a long answer arrives whole, in several messages', async () => {
  await using house = await build()
  const text = Array.from({ length: 350 }, (_, n) => `Sentence number ${n} of a long story.`).join(' ')
  house.claude.script({ text })
  house.telegram.say(ada, 'Tell me a story')
  await house.heard(ada, 'number 349')
  const parts = house.texts(ada)
  expect(parts).toHaveLength(4)
  expect(parts.join(' ')).toBe(text)
})
