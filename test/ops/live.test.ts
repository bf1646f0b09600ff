import { expect, test } from 'vitest'
import { examineLive } from '../../ops/live/examine.ts'
import { createBotApi } from '../../playground/bot-api/server.ts'
import { offlineModel } from '../../playground/messages-api/offline-model.ts'
import { createMessagesApi } from '../../playground/messages-api/server.ts'
import { Api } from '../../src/telegram/api.ts'
import { ada, build } from '../build.ts'
import { runCommand, secretsOf } from './run-command.ts'

test('the stand-ins hold to all that they assume, and nothing of it stays in the chat', async () => {
  await using house = await build({ asleep: true, env: { TELEGRAM_ALLOWED_USER_IDS: String(ada.id) } })
  await using doctor = runCommand('doctor', house.env, '--live', '--pace', '0')
  await doctor.ended
  const failures = doctor.lines.slice(doctor.lines.indexOf('')).filter((line) => line.startsWith('✗'))
  expect(failures).toEqual([])
  expect(doctor.lines.at(-1)).toBe('All assumptions hold.')
  expect(house.telegram.messages(ada.id)).toEqual([])
  const methods = new Set(house.telegram.calls.map(({ method }) => method))
  for (const method of ['setMyCommands', 'deleteMyCommands', 'setWebhook', 'deleteWebhook'])
    expect(methods).not.toContain(method)
  for (const secret of secretsOf(house)) expect(doctor.output()).not.toContain(secret)
})

test('what does not hold is shown with what came instead', async () => {
  await using telegram = await createBotApi({ drafts: false })
  await using claude = await createMessagesApi({ model: offlineModel({ pace: 0 }), webSearch: false })
  telegram.fail({ method: 'sendMessage', fault: { kind: 'refuse', error_code: 400, description: 'Bad Request: not today' } })
  telegram.fail({ method: 'sendChatAction', fault: { kind: 'rate-limit', retryAfter: 1 } })
  const lines: string[] = []
  const { apiKey, url: baseURL } = claude
  const models = { chatModel: 'claude-a', jobModel: 'claude-b', maxCalls: 1, stallMs: 1 }
  const broken = await examineLive({
    api: new Api(telegram.token, telegram.url),
    chatId: ada.id,
    claude: { apiKey, baseURL, ...models },
    print: (line) => lines.push(line),
    paceMs: 0,
  })
  expect(lines.filter((line) => line.startsWith('✗'))).toEqual([
    expect.stringMatching(/^✗ nested HTML .*\. Instead: 400: Bad Request: not today$/),
    expect.stringMatching(/^✗ a web search .*\. Instead: status 400: .*Web search is not enabled/),
  ])
  expect(broken).toBe(2)
  expect(lines).toContain('✓ sendMessageDraft is known, or answers 404 (404: answers are shown by edits)')
  expect(lines).toContain('✓ a chat action is taken')
  expect(lines.at(-1)).toBe('Assumptions that do not hold, and want mending in the stand-ins: 2.')
  expect(telegram.messages(ada.id)).toEqual([])
})

test('without exactly one person on the list it asks for the chat', async () => {
  await using house = await build({ asleep: true })
  await using doctor = runCommand('doctor', house.env, '--live')
  expect(await doctor.ended).toBe(1)
  expect(doctor.lines.at(-1)).toContain('npm run doctor -- --live --chat <your Telegram user id>')
  expect(house.telegram.calls.some(({ method }) => method === 'sendMessage')).toBe(false)
})

test('it is not tried with a token or a key that is wrong', async () => {
  await using house = await build({ asleep: true, env: { ANTHROPIC_API_KEY: 'sk-wrong' } })
  await using doctor = runCommand('doctor', house.env, '--live', '--chat', String(ada.id))
  expect(await doctor.ended).toBe(1)
  expect(doctor.lines.at(-1)).toBe('✗ Live: not tried until these are mended: Claude key. Begin with the first line.')
})

test('interrupted, it takes away what it wrote', async () => {
  await using house = await build({ asleep: true })
  await using doctor = runCommand('doctor', house.env, '--live', '--chat', String(ada.id))
  await house.heard(ada, 'one two three')
  doctor.signal('SIGINT')
  expect(await doctor.ended).toBe(1)
  expect(doctor.lines.at(-1)).toBe('Interrupted: the rest was not tried.')
  expect(house.telegram.messages(ada.id)).toEqual([])
})
