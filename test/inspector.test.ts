import { expect, test } from 'vitest'
import { createSessions } from '../src/inspector/sessions.ts'
import { ada, ben, build, type House } from './build.ts'
import { initDataOf, openSession, secondsAgo, sessionOf } from './inspector-house.ts'
import { buttonsOf } from './press.ts'

const isCritic = (request: { system?: unknown }) => JSON.stringify(request.system).includes('Role: Critic')

async function done(house: House, person: typeof ada, text: string): Promise<number> {
  const before = house.rows('SELECT 1 FROM background_jobs').length
  house.telegram.say(person, text)
  await house.until(() => house.job(before + 1)?.completed_at)
  return before + 1
}

test('the page is there where a token or a public address is, with a strict policy and without cookies', async () => {
  await using house = await build({ env: { INSPECTION_TOKEN: '' } })
  expect((await fetch(`${house.url}/inspector`)).status).toBe(404)
  await house.kill()
  house.env.PUBLIC_URL = 'https://remy.example'
  await house.boot()
  expect((await house.get('/jobs')).status).toBe(404)
  const page = await fetch(`${house.url}/inspector`)
  const html = await page.text()
  expect(html).toContain('<option>board</option>')
  const parts = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path)
  expect(parts.length).toBeGreaterThan(4)
  for (const path of ['', ...parts]) {
    const { status, headers } = path ? await fetch(house.url + path) : page
    expect(status, path).toBe(200)
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/,
    )
    expect(headers.get('content-security-policy')).toMatch(
      /frame-ancestors 'self' https:\/\/web\.telegram\.org( https:\/\/web\w\.telegram\.org)+$/,
    )
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('set-cookie')).toBeNull()
  }
})

test('a session is for whom Telegram vouches for just now, and for nobody else', async () => {
  await using house = await build()
  const good = await openSession(house, `tma ${initDataOf(house)}`)
  expect(good).toMatchObject({ status: 200, body: { token: expect.any(String) } })
  const lastsMs = Date.parse(good.body.expires_at) - Date.now()
  expect(lastsMs).toBeGreaterThan(59 * 60_000)
  expect(lastsMs).toBeLessThanOrEqual(60 * 60_000)

  const swapped = initDataOf(house).replace('%22id%22%3A41', '%22id%22%3A42')
  expect(swapped).toContain('42')
  const refused: Record<string, string> = {
    'no header': '',
    'no data': 'tma ',
    'another scheme': `Bearer ${initDataOf(house)}`,
    'no hash': `tma ${initDataOf(house).replace(/&hash=.*/, '')}`,
    'a short hash': `tma ${initDataOf(house).slice(0, -2)}`,
    'a hash and more': `tma ${initDataOf(house)}zz`,
    'a hash that is none': `tma ${initDataOf(house).replace(/hash=.*/, `hash=${'z'.repeat(64)}`)}`,
    'another bot': `tma ${initDataOf(house, {}, '7000000001:another-token')}`,
    'another person put in': `tma ${swapped}`,
    'a field added': `tma ${initDataOf(house)}&start_param=x`,
    'a field left out': `tma ${initDataOf(house).replace('query_id=AAE&', '')}`,
    'a key twice': `tma ${initDataOf(house)}&user=${encodeURIComponent(JSON.stringify(ada))}`,
    'the hash twice': `tma ${initDataOf(house)}&${/hash=.*/.exec(initDataOf(house))?.[0]}`,
    'eleven minutes old': `tma ${initDataOf(house, { auth_date: String(secondsAgo(660)) })}`,
    'from the future': `tma ${initDataOf(house, { auth_date: String(secondsAgo(-120)) })}`,
    'without a date': `tma ${initDataOf(house, { auth_date: undefined })}`,
    'a date that is none': `tma ${initDataOf(house, { auth_date: 'NaN' })}`,
    'a date written oddly': `tma ${initDataOf(house, { auth_date: `0x${secondsAgo(5).toString(16)}` })}`,
    'a key twice, once in disguise': `tma ${initDataOf(house)}&%75ser=x`,
    'no person': `tma ${initDataOf(house, { user: undefined })}`,
    'a person that is none': `tma ${initDataOf(house, { user: '{"id":"41"}' })}`,
    'nobody of ours': `tma ${initDataOf(house, { user: '{"id":43}' })}`,
  }
  for (const [why, authorization] of Object.entries(refused)) {
    const { status, body } = await openSession(house, authorization)
    expect(status, why).toBe(401)
    expect(body, why).toEqual({ statusCode: 401, error: 'Unauthorized', message: expect.any(String) })
  }
  const stranger = await openSession(house, `tma ${initDataOf(house, { user: '{"id":43}' })}`)
  expect(stranger.body.message).toBe('This bot is not for you.')
  const nineMinutes = await openSession(house, `tma ${initDataOf(house, { auth_date: String(secondsAgo(540)) })}`)
  expect(nineMinutes.status).toBe(200)
})

test('a session ends after an hour, and with the token of the bot', () => {
  const { token } = createSessions('1:a').issue(41, 0)
  const hour = 60 * 60_000
  expect([hour, hour + 1].map((now) => createSessions('1:a').userOf(token, now))).toEqual([41, undefined])
  expect(createSessions('1:b').userOf(token, 0)).toBeUndefined()
})

test('who asks stands in no log, and what they are answered is kept nowhere on the way', async () => {
  await using house = await build({ env: { LOG_LEVEL: 'trace' } })
  await done(house, ada, '/board Go?')
  const initData = initDataOf(house)
  const { body } = await openSession(house, `tma ${initData}`)
  await openSession(house, `tma ${initData}&user=x`)
  const asked = [
    '/inspector/jobs',
    '/inspector/jobs/1',
    '/inspector/jobs/1/result',
    '/inspector/jobs/1/events',
    '/inspector/jobs/x',
  ]
  for (const path of asked) {
    for (const authorization of [`Bearer ${body.token}`, `Bearer ${body.token}x`]) {
      const { headers } = await fetch(house.url + path, { headers: { authorization, connection: 'close' } })
      expect([headers.get('cache-control'), headers.get('x-content-type-options')], path).toEqual(['no-store', 'nosniff'])
    }
  }
  const hash = new URLSearchParams(initData).get('hash') ?? ''
  for (const secret of [hash, initData, body.token]) expect(house.log.join('\n')).not.toContain(secret)
})

test('a person sees their own jobs alone, by list, search, number, result and events, after a restart too', async () => {
  await using house = await build()
  await done(house, ada, '/board Ada wonders about Lisbon')
  await done(house, ben, '/board Ben wonders about Lisbon')
  const own = await sessionOf(house, ada)
  await house.kill()
  await house.boot()
  const ids = async (query: string, headers = own) =>
    (await house.get(`/inspector/jobs${query}`, headers)).body.jobs.map(({ id }: { id: number }) => id)
  expect(await ids('')).toEqual([1])
  expect(await ids('', await sessionOf(house, ben))).toEqual([2])
  expect(await ids('?words=lisbon')).toEqual([1])
  expect(await ids('?words=lisbon&status=failed')).toEqual([])
  expect(await ids('?words=ben')).toEqual([])
  expect((await house.get('/inspector/jobs?user_id=42', own)).status).toBe(400)
  expect(await house.get('/inspector/jobs/1', own)).toMatchObject({ status: 200, body: { id: 1, user_id: ada.id } })
  for (const path of ['2', '2/result', '2/events', '3']) {
    const { status, body } = await house.get(`/inspector/jobs/${path}`, own)
    expect([status, body.message], path).toEqual([404, `There is no job ${path[0]}`])
  }

  const [, until = '', signature = ''] = own.authorization?.split('.') ?? []
  const forged = [`Bearer 42.${until}.${signature}`, `Bearer 41.${Number(until) + 1}.${signature}`, 'Bearer 41..', '']
  for (const authorization of forged) expect((await house.get('/inspector/jobs', { authorization })).status).toBe(401)
  expect((await house.get('/jobs', own)).status).toBe(401)
  expect((await house.get('/inspector/jobs')).status).toBe(401) // the inspection token is for operators
  house.env.TELEGRAM_ALLOWED_USER_IDS = String(ben.id)
  await house.kill()
  await house.boot()
  expect((await house.get('/inspector/jobs', own)).status).toBe(401)
})

test('operators search everybody, and words go with the other filters', async () => {
  await using house = await build()
  await done(house, ada, '/board The harbour of Lisbon')
  await done(house, ben, '/board Lisbon in winter')
  const ids = async (query: string) => (await house.get(`/jobs?${query}`)).body.jobs.map(({ id }: { id: number }) => id)
  expect(await ids('words=lisbon')).toEqual([2, 1])
  expect(await ids('words=harb')).toEqual([1])
  expect(await ids(`words=lisbon&user_id=${ben.id}`)).toEqual([2])
  expect(await ids('words=lisbon&limit=1')).toEqual([2])
  expect(await ids('words=lisbon&before_id=2')).toEqual([1])
  expect(await ids(`words=${encodeURIComponent('")*:^')}`)).toEqual([])
  expect((await house.get('/jobs?words=')).status).toBe(400)
})

test('a result comes as HTML that runs nothing and leads nowhere odd', async () => {
  await using house = await build()
  const hostile =
    '# Yes\n\n<img src=x onerror=alert(1)> <script>alert(2)</script>\n\n[a](javascript:alert(3)) [b](https://example.org/)'
  house.claude.when(isCritic, { text: hostile })
  await done(house, ada, '/board Go?')
  const { status, body } = await house.get('/jobs/1/result')
  expect(status).toBe(200)
  expect(body.html).toContain('<h1>Yes</h1>')
  expect(body.html).not.toMatch(/<img|<script|href="javascript/)
  expect(body.html).toContain('href="https://example.org/"')
  house.claude.when(() => true, { fault: { kind: 'pings-only', everyMs: 50 } })
  house.telegram.say(ada, '/board Later?')
  await house.until(() => house.job(2))
  expect((await house.get('/jobs/2/result')).body).toEqual({ html: null })
})

test('the menu button opens the inspector, and [Open] stands below the last part of a long result', async () => {
  await using house = await build({ env: { PUBLIC_URL: 'https://remy.example.org' } })
  const sets = () => house.telegram.calls.filter(({ method }) => method === 'setChatMenuButton')
  await house.until(() => sets().length === 1)
  const app = { type: 'web_app', text: 'Jobs', web_app: { url: 'https://remy.example.org/inspector' } }
  expect(sets()[0]?.payload.menu_button).toEqual(app)

  const views = Array.from({ length: 400 }, (_, n) => `## Heading ${n}\n\nAnd some words.`).join('\n\n')
  house.claude.when((request) => isCritic(request) && JSON.stringify(request).includes('A document?'), { text: views })
  house.claude.when(isCritic, { text: 'Go. '.repeat(700) })
  await done(house, ada, '/board Lisbon?')
  await house.delivered()
  const parts = house.telegram.sent(ada.id).slice(1)
  expect(parts.length).toBeGreaterThan(1)
  const opens = [{ text: 'Open', web_app: { url: 'https://remy.example.org/inspector?job=1' } }]
  expect(parts.map(buttonsOf)).toEqual([...parts.slice(1).map(() => []), opens])

  await done(house, ada, '/board A document?')
  await house.delivered()
  const document = house.telegram.sent(ada.id).at(-1)
  expect(document?.document).toBeDefined()
  expect(buttonsOf(document ?? {})).toMatchObject([
    { text: 'Open', web_app: { url: 'https://remy.example.org/inspector?job=2' } },
  ])

  await house.kill()
  await house.boot()
  const before = house.telegram.calls.filter(({ method }) => method === 'getChatMenuButton').length
  expect(before).toBeGreaterThan(0)
  await house.until(() => house.telegram.calls.filter(({ method }) => method === 'getChatMenuButton').length === 2)
  expect(sets()).toHaveLength(1)
})

test('a button that Telegram refuses costs nobody a result', async () => {
  await using house = await build({ env: { PUBLIC_URL: 'https://no-public-name' } })
  house.claude.when(isCritic, { text: `**Go.** ${'Really go. '.repeat(300)}` })
  await done(house, ada, '/board Lisbon?')
  await house.delivered()
  const refused = house.telegram.calls.filter(({ method, outcome }) => method === 'sendMessage' && outcome !== 'ok')
  expect(refused).toHaveLength(1)
  const parts = house.telegram.sent(ada.id).slice(1)
  expect(parts.flatMap(buttonsOf)).toEqual([])
  expect(
    parts
      .map(({ text }) => text)
      .join('')
      .match(/Really go\./g),
  ).toHaveLength(300)
  expect(parts.every(({ payload }) => payload.parse_mode === 'HTML')).toBe(true)
})
