import { expect, test } from 'vitest'
import { type Block, latestUserText } from '../playground/messages-api/request.ts'
import { ada, build, type House } from './build.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)
const pdf = Buffer.from('%PDF-1.4\n1 0 obj\n<< /Type /Page >>\nendobj\n%%EOF\n')
const blocks = (house: House, index = -1) => {
  const content = house.claude.requests.at(index)?.body.messages.findLast(({ role }) => role === 'user')?.content
  return Array.isArray(content) ? content : []
}
const types = (content: Block[]) => content.map(({ type }) => type)
const isRole = (request: { system?: unknown }) => JSON.stringify(request.system).includes('Role: ')

test('a photo, a PDF and a text file are part of the turn, and of the turns after it', async () => {
  await using house = await build()
  house.claude.script({ text: 'All read.' }, { text: 'Still there.' })
  house.telegram.sendPhoto(ada, { bytes: png })
  house.telegram.sendDocument(ada, { bytes: pdf, name: 'plan.pdf', mime: 'application/pdf' })
  house.telegram.sendDocument(ada, { bytes: Buffer.from('a,b\n1,2\n'), name: 'table.csv', mime: 'text/csv' })
  house.telegram.say(ada, 'What are these?')
  await house.heard(ada, 'All read.')
  expect(types(blocks(house))).toEqual(['image', 'document', 'document', 'text'])
  expect(blocks(house)[0]).toMatchObject({ source: { media_type: 'image/png', data: png.toString('base64') } })
  expect(blocks(house)[1]).toMatchObject({ title: 'plan.pdf', source: { media_type: 'application/pdf' } })
  expect(blocks(house)[2]).toMatchObject({ title: 'table.csv', source: { type: 'text', data: 'a,b\n1,2\n' } })
  const stored = house.rows<{ content: string }>('SELECT content FROM messages WHERE ordinal = 0')[0]?.content ?? ''
  expect(stored).not.toContain(png.toString('base64'))

  house.telegram.say(ada, 'And the first one?')
  await house.heard(ada, 'Still there.')
  expect(JSON.stringify(house.claude.requests[1]?.body.messages[0])).toContain(png.toString('base64'))
})

test('a photo with /board in its caption goes to every director, also after a restart', async () => {
  await using house = await build({ env: { MAX_RUNNING_JOBS_PER_USER: '1' } })
  const gate = house.claude.gate()
  house.claude.when((request) => latestUserText(request).includes('the first'), { text: 'A view.', hold: gate.promise })
  house.telegram.say(ada, '/board the first')
  await house.until(() => house.claude.inFlight === 4)
  house.telegram.sendPhoto(ada, { bytes: png, caption: '/board What does this picture say?' })
  await house.heard(ada, 'Queued #2')
  await house.kill()
  gate.open()
  await house.boot()
  await house.heard(ada, '✅ #2 board')
  const directors = house.claude.requests.filter(({ body }) => isRole(body) && latestUserText(body).includes('picture say'))
  expect(directors).toHaveLength(5)
  for (const { body } of directors) expect(JSON.stringify(body.messages)).toContain(png.toString('base64'))
  expect(house.telegram.calls.filter(({ method, outcome }) => method === 'download' && outcome === 'ok')).toHaveLength(1)
})

test('an album with a command in its caption is one job with all its pictures', async () => {
  await using house = await build()
  house.telegram.sendAlbum(ada, [{ bytes: png }, { bytes: png, caption: '/board These two' }])
  await house.heard(ada, '✅ #1 board')
  const director = house.claude.requests.find(({ body }) => isRole(body))?.body.messages[0]?.content as Block[]
  expect(types(director)).toEqual(['image', 'image', 'text'])
  expect(house.rows('SELECT 1 FROM background_jobs')).toHaveLength(1)
})

test('a file with a job that Claude is asked for in words goes along', async () => {
  await using house = await build()
  house.claude.when(isRole, { text: 'A view.' })
  house.claude.script(
    { toolCalls: [{ name: 'start_background_job', input: { job_type: 'board', input: 'This' } }] },
    { text: 'It is #1.' },
  )
  house.telegram.sendPhoto(ada, { bytes: png, caption: 'Have the board look at this' })
  await house.heard(ada, '✅ #1 board')
  expect(JSON.stringify(house.claude.requests.find(({ body }) => isRole(body))?.body.messages)).toContain(
    png.toString('base64'),
  )
})

test.each([
  [
    'too large',
    { bytes: pdf, name: 'big.pdf', mime: 'application/pdf', fileSize: 60_000_000 },
    'big.pdf is too large for me: 60 MB, and I can take 8 MB at most.',
  ],
  [
    'of a kind that nobody here reads',
    { bytes: Buffer.from('x'), name: 'song.xyz', mime: 'application/x-song' },
    "I can't read song.xyz",
  ],
] as const)('a file that is %s is said in a sentence, and Claude is not asked', async (_, file, sentence) => {
  await using house = await build()
  house.telegram.sendDocument(ada, file)
  await house.heard(ada, sentence)
  expect(house.claude.requests).toEqual([])
  house.telegram.sendDocument(ada, { ...file, caption: '/board This' })
  await house.heard(ada, 'So I have not started a board.')
  expect(house.rows('SELECT 1 FROM background_jobs')).toEqual([])
})

test('a file that is not what it says is told, and does not spoil the next turn', async () => {
  await using house = await build()
  house.telegram.sendDocument(ada, {
    bytes: Buffer.from('no pdf at all'),
    name: 'plan.pdf',
    mime: 'application/pdf',
    caption: 'Read it',
  })
  await house.heard(ada, 'I cannot read plan.pdf: it is not the kind of file that it says')
  house.claude.script({ text: 'Here I am.' })
  house.telegram.say(ada, 'Hello?')
  await house.heard(ada, 'Here I am.')
})

test('a voice message is declined politely; with other things in the same turn, those are answered', async () => {
  await using house = await build()
  house.telegram.sendVoice(ada, {})
  await house.heard(ada, "I can't listen to voice messages")
  house.claude.script({ text: 'Noted.' })
  house.telegram.sendVoice(ada, {})
  house.telegram.say(ada, 'It says: buy milk')
  const both = await house.heard(ada, 'Noted.')
  expect(both.text).toContain("I can't listen")
})

test.each([{ kind: 'reset' }, { kind: 'server-error' }, { kind: 'truncated' }] as const)(
  'a download that meets %o is tried again',
  async (fault) => {
    await using house = await build()
    house.claude.script({ text: 'Seen.' })
    house.telegram.fail({ method: 'download', fault })
    house.telegram.sendPhoto(ada, { bytes: png, caption: 'Look' })
    await house.heard(ada, 'Seen.')
    expect(types(blocks(house))).toEqual(['image', 'text'])
  },
)

test('a file that cannot be had is said in a sentence, without the token', async () => {
  await using house = await build()
  house.telegram.fail({
    method: 'getFile',
    fault: { kind: 'refuse', error_code: 400, description: 'Bad Request: wrong file_id' },
    times: 9,
  })
  house.telegram.sendPhoto(ada, { bytes: png, caption: 'Look' })
  await house.heard(ada, 'I could not get photo.jpg from Telegram')
  house.telegram.sendPhoto(ada, { bytes: png, caption: '/board Look' })
  await house.heard(ada, '❌ #1 board failed')
  expect(house.log.join('\n')).not.toContain(house.telegram.token)
})

test('nobody speaks in a service message, so nobody answers', async () => {
  await using house = await build()
  house.telegram.say(ada, '', {
    text: undefined,
    pinned_message: { message_id: 1, date: 0, chat: { id: ada.id, type: 'private' } },
  })
  await house.until(() => house.rows('SELECT 1 FROM updates WHERE handled_at IS NOT NULL').length === 1)
  expect(house.texts(ada)).toEqual([])
})

test('files that are too large together are said so, and none is fetched', async () => {
  await using house = await build()
  for (const name of ['a.pdf', 'b.pdf'])
    house.telegram.sendDocument(ada, { bytes: pdf, name, mime: 'application/pdf', fileSize: 5_000_000 })
  await house.heard(ada, 'Together these files are too large for me: I can take 8 MB at a time.')
  expect(house.claude.requests).toEqual([])
  expect(house.telegram.calls.filter(({ method }) => method === 'getFile')).toEqual([])
})

test('a text from an older program is read all the same', async () => {
  await using house = await build()
  house.claude.script({ text: 'Read.' })
  house.telegram.sendDocument(ada, {
    bytes: Buffer.from('Größe;1\n', 'latin1'),
    name: 'export.csv',
    mime: 'text/csv',
    caption: 'Look',
  })
  await house.heard(ada, 'Read.')
  expect(blocks(house)[0]).toMatchObject({ source: { data: 'Größe;1\n' } })
})

test('what will not change is not told with the advice to try again, and a board says it once', async () => {
  await using house = await build()
  const broken = { bytes: Buffer.from('no pdf at all'), name: 'plan.pdf', mime: 'application/pdf' }
  house.telegram.sendDocument(ada, { ...broken, caption: 'Read it' })
  expect((await house.heard(ada, 'I cannot read plan.pdf')).text).not.toContain('try again')
  house.telegram.sendDocument(ada, { ...broken, caption: '/board Read it' })
  await house.heard(ada, '❌ #1 board failed: I cannot read plan.pdf: it is not the kind of file that it says')
})

test('a text in UTF-16 is read', async () => {
  await using house = await build()
  house.claude.script({ text: 'Read.' })
  const bytes = Buffer.from('\ufeffGröße', 'utf16le')
  house.telegram.sendDocument(ada, { bytes, name: 'notes.txt', mime: 'text/plain', caption: 'Look' })
  await house.heard(ada, 'Read.')
  expect(blocks(house)[0]).toMatchObject({ source: { data: 'Größe' } })
})
