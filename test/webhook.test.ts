import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ada, build, SECRET } from './build.ts'

let nextId = 1
const update = (extra: object) => ({ update_id: nextId++, ...extra })
const message = (from: object, text: string, chat: object = {}) => ({
  message: {
    message_id: 7,
    date: 1,
    from: { is_bot: false, first_name: 'A', ...from },
    chat: { id: 41, type: 'private', ...chat },
    text,
  },
})
const json = { 'content-type': 'application/json' }

test('a wrong, missing or doubled secret is 401 and stores nothing', async () => {
  await using house = await build()
  const body = update(message({ id: 41 }, '/board x'))
  expect((await house.telegram.post(body, { secret: null })).status).toBe(401)
  expect((await house.telegram.post(body, { secret: 'wrong' })).status).toBe(401)
  expect(
    (
      await house.telegram.post(body, {
        secret: null,
        headers: { 'x-telegram-bot-api-secret-token': [SECRET, SECRET] as never },
      })
    ).status,
  ).toBe(401)
  expect(house.rows('SELECT * FROM updates')).toEqual([])
})

test('a body that is no update is refused with the status that says why', async () => {
  await using house = await build()
  const post = async (raw: string, headers: Record<string, string> = json) =>
    (await house.telegram.post(null, { raw, headers })).status
  expect(await post('{"update_id":')).toBe(400)
  expect(await post('')).toBe(400)
  expect(await post('null')).toBe(400)
  expect(await post('[]')).toBe(400)
  expect(await post('{}')).toBe(400)
  for (const id of ['"12"', '1.5', '9007199254740993', 'null', 'true', '{}'])
    expect(await post(`{"update_id":${id}}`), id).toBe(400)
  expect(await post('update_id=1', { 'content-type': 'application/x-www-form-urlencoded' })).toBe(415)
  expect(await post('{"update_id":1}', { 'content-type': 'text/plain' })).toBe(415)
  expect(await post(JSON.stringify({ update_id: 1, filler: 'x'.repeat(1024 * 1024) }))).toBe(413)
  expect(house.rows('SELECT * FROM updates')).toEqual([])
})

test('an update is answered 200 with an empty body and is on disk by then', async () => {
  await using house = await build()
  const answer = await house.telegram.post(update(message({ id: 41 }, 'Hello')))
  expect(answer).toMatchObject({ status: 200, body: '' })
  expect(house.rows('SELECT * FROM updates')).toHaveLength(1)
})

test('an update given three times at once acts once, and again after a crash', async () => {
  await using house = await build()
  const body = update(message({ id: 41 }, '/board x'))
  const answers = await Promise.all([1, 2, 3].map(() => house.telegram.post(body)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  await house.heard(ada, 'Strategy\n')
  await house.kill()
  await house.boot()
  expect((await house.telegram.post(body)).status).toBe(200)
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'Recent background jobs')
  expect(house.rows('SELECT * FROM background_jobs')).toHaveLength(1)
  expect(house.sentTexts(ada).filter((text) => text.startsWith('Started'))).toHaveLength(1)
})

test('kinds of update that nobody knows are 200', async () => {
  await using house = await build()
  const unknown = [
    { update_id: nextId++ },
    update({ purchased_paid_media: { from: { id: 41, is_bot: false, first_name: 'A' }, paid_media_payload: 'x' } }),
    update({ poll: { id: '1' } }),
    { update_id: -5 },
    update({
      message: { ...message({ id: 41 }, '/board x').message, from: { id: 666 } },
      callback_query: { from: { id: 41 } },
    }),
    update({ message: 'not an object' }),
    update({ message: null, from: { id: 41 } }),
    update({ __proto__: null, constructor: { prototype: 1 } }),
    update({ inline_query: { id: '1', from: { id: 41 }, query: '' } }),
  ]
  for (const body of unknown) expect((await house.telegram.post(body)).status, JSON.stringify(body)).toBe(200)
  expect(
    (await house.telegram.post(null, { raw: `{"update_id":${nextId++},"__proto__":{"a":1}}`, headers: json })).status,
  ).toBe(200)
  for (const depth of [90, 1_100, 2_000, 100_000]) {
    const deep = `{"update_id":${nextId++},"message":{"from":{"id":41},"chat":{"id":41,"type":"private"},"x":${'['.repeat(depth)}${']'.repeat(depth)}}}`
    expect((await house.telegram.post(null, { raw: deep, headers: json })).status, String(depth)).toBe(200)
  }
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
})

test('fields that nobody knows yet, and odd values of known ones, do not silence a message', async () => {
  await using house = await build()
  const { message: parts } = message({ id: 41 }, '/help')
  await house.telegram.post(update({ message: parts, a_future_field: { from: { id: 666 } }, flag: true }))
  await house.until(() => house.texts(ada).length === 1)
  await house.telegram.post(update({ message: { ...parts, message_thread_id: null, is_topic_message: 'yes' } }))
  await house.until(() => house.texts(ada).length === 2)
})

test('texts that no database keeps as they are do no harm', async () => {
  await using house = await build()
  const { message: parts } = message({ id: 41 }, '')
  for (const text of ['/board a\u0000b \ud800 c', '/board \u202eturned', `/board ${'x'.repeat(4_089)}`]) {
    expect((await house.telegram.post(update({ message: { ...parts, message_id: 1.5, text } }))).status).toBe(200)
  }
  await house.until(() => house.rows("SELECT 1 FROM background_jobs WHERE status = 'done'").length === 3)
  expect(house.job(1)?.input_text).toBe('ab \ufffd c')
})

test('a stranger gets one refusal in 24 hours, kept over a restart, costs no call and leaves no job', async () => {
  await using house = await build()
  const eve = { id: 666, first_name: 'Eve' }
  house.telegram.say(eve, 'Let me in')
  await house.heard(eve, 'I am a private assistant')
  house.telegram.say(eve, '/board Let me in')
  await house.telegram.idle()
  await house.kill()
  await house.boot()
  house.telegram.say(eve, '/jobs')
  await house.telegram.idle()
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  expect(house.texts(eve)).toHaveLength(1)
  // The day has almost passed, and then it has.
  for (const [hours, refusals] of [
    [23, 1],
    [25, 2],
  ] as const) {
    const db = new Sqlite(house.file)
    db.prepare('UPDATE refusals SET refused_at = ?').run(new Date(Date.now() - hours * 3_600_000).toISOString())
    db.close()
    house.telegram.say(eve, 'Now?')
    await house.telegram.idle()
    await house.delivered()
    expect(house.texts(eve)).toHaveLength(refusals)
  }
  expect(house.claude.requests).toHaveLength(0)
  expect(house.rows('SELECT payload, chat_id FROM updates WHERE payload IS NULL')).toEqual(
    Array(5).fill({ payload: null, chat_id: null }),
  )
})

test('a group gets one sentence, whoever speaks there', async () => {
  await using house = await build()
  const group = { id: -100200, type: 'supergroup', title: 'A group' }
  for (const id of [41, 666, 41]) await house.telegram.post(update(message({ id }, '/board x', group)))
  await house.until(() => house.telegram.sent(group.id)[0])
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  expect(house.telegram.sent(group.id).map(({ text }) => text)).toEqual([
    'I only work in private chats. Please write to me directly.',
  ])
})

test('* lets everyone in, and the log says so', async () => {
  await using house = await build({ env: { TELEGRAM_ALLOWED_USER_IDS: '*' } })
  const eve = { id: 666, first_name: 'Eve' }
  house.telegram.say(eve, '/jobs')
  await house.heard(eve, 'No background jobs yet.')
  expect(house.log.join('\n')).toContain('everyone may talk with this bot')
})

test('webhook and menu are registered under PUBLIC_URL, again when the secret differs, and not otherwise', async () => {
  await using house = await build({ env: { PUBLIC_URL: 'https://remy.example.org' } })
  const count = (method: string) => house.telegram.calls.filter((call) => call.method === method).length
  await house.until(() => count('setMyCommands') === 1)
  const set = house.telegram.calls.find(({ method }) => method === 'setWebhook')
  expect(set?.payload).toMatchObject({
    url: 'https://remy.example.org/telegram/webhook',
    secret_token: SECRET,
    allowed_updates: ['message', 'edited_message', 'callback_query', 'my_chat_member'],
  })
  const commands = house.telegram.commands().map(({ command }) => command)
  expect(commands).toEqual([
    'board',
    'research',
    'retrospective',
    'jobs',
    'job',
    'cancel',
    'usage',
    'new',
    'stop',
    'forget',
    'help',
  ])

  // The harness points Telegram elsewhere at a boot; the service sees that the address differs and registers again.
  await house.kill()
  await house.boot()
  await house.until(() => count('setWebhook') === 2)
  house.env.TELEGRAM_WEBHOOK_SECRET = 'another-secret'
  await house.kill()
  await house.boot()
  await house.until(() => count('setWebhook') === 3)
  expect(count('setMyCommands')).toBe(1)
})

test('a registration that fails is tried again and stops nothing', async () => {
  await using house = await build({ asleep: true, env: { PUBLIC_URL: 'https://remy.example.org' } })
  house.telegram.fail({
    method: 'getMe',
    times: 2,
    fault: { kind: 'refuse', error_code: 404, description: 'Not Found' },
  })
  house.telegram.fail({ method: 'getMyCommands', fault: { kind: 'refuse', error_code: 404, description: 'Not Found' } })
  house.telegram.fail({ method: 'setWebhook', fault: { kind: 'html' } })
  await house.boot()
  expect((await house.get('/ready')).status).toBe(200)
  await house.until(() => house.telegram.calls.some(({ method, outcome }) => method === 'setWebhook' && outcome === 'ok'))
})
