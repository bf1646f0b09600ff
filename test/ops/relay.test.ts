import { expect, test } from 'vitest'
import { createHand } from '../../ops/dev/hand.ts'
import { relay } from '../../ops/dev/relay.ts'
import { createBotApi } from '../../playground/bot-api/server.ts'
import { Api } from '../../src/telegram/api.ts'
import { ada } from '../build.ts'
import { pollBeside } from './poll-beside.ts'

test('what was taken before a stop is confirmed by it, and what was not comes again', async () => {
  await using telegram = await createBotApi()
  const stopping = new AbortController()
  const first = telegram.say(ada, 'one')
  const second = telegram.say(ada, 'two')
  const hand = async ({ update_id }: { update_id: number }) => {
    if (update_id === first.update_id) return
    stopping.abort(new Error('stop'))
    throw stopping.signal.reason
  }
  const options = { api: new Api(telegram.token, telegram.url), hand, say: () => {}, signal: stopping.signal }
  await expect(relay(options)).rejects.toThrow('stop')
  expect(telegram.pending()).toBe(1)
  expect(telegram.messages(ada.id).map(({ delivered }) => delivered)).toEqual([true, false])
  expect(telegram.calls.at(-1)).toMatchObject({ method: 'getUpdates', payload: { offset: second.update_id, timeout: 0 } })
})

test('another process that keeps polling ends it, after several tries', async () => {
  await using telegram = await createBotApi()
  const said: string[] = []
  const stopping = new AbortController()
  const api = new Api(telegram.token, telegram.url)
  telegram.events.on('poll', ({ timeoutSeconds }) => timeoutSeconds > 0 && void pollBeside(telegram))
  const polling = relay({ api, hand: async () => {}, say: (line) => said.push(line), signal: stopping.signal, pauseMs: 1 })
  await expect(polling).rejects.toThrow('The other process still takes the updates')
  expect(said).toEqual(['Another process takes the updates of this bot too (409). Waiting for it to end.'])
  expect(telegram.calls.filter(({ outcome }) => outcome.includes('terminated by other getUpdates'))).toHaveLength(7)
})

test('Telegram may be away, at fault or in need of a pause; each is said once', async () => {
  await using telegram = await createBotApi()
  const said: string[] = []
  const stopping = new AbortController()
  telegram.fail({ method: 'getUpdates', times: 2, fault: { kind: 'reset' } })
  telegram.fail({ method: 'getUpdates', times: 2, fault: { kind: 'server-error', status: 502 } })
  telegram.fail({ method: 'getUpdates', fault: { kind: 'rate-limit', retryAfter: 1 } })
  const { update_id } = telegram.say(ada, 'hello')
  const handed: number[] = []
  const hand = async (update: { update_id: number }) => void handed.push(update.update_id)
  const api = new Api(telegram.token, telegram.url)
  const polling = relay({ api, hand, say: (line) => said.push(line), signal: stopping.signal, pauseMs: 1 })
  polling.catch(() => {})
  await telegram.idle()
  stopping.abort(new Error('enough'))
  await expect(polling).rejects.toThrow('enough')
  expect(handed).toEqual([update_id])
  expect(said).toEqual([
    'Telegram cannot be reached; trying again until it can.',
    'Telegram has a fault (502); trying again until it has none.',
    'Telegram asks for a slower pace; waiting as long as it says.',
    'Telegram answers again.',
  ])
})

test('an update that nobody answers stays with Telegram', async () => {
  await using telegram = await createBotApi()
  const stopping = new AbortController()
  const said = Promise.withResolvers<string>()
  const hand = createHand({ url: 'http://127.0.0.1:1', secret: 's', say: said.resolve })
  telegram.say(ada, 'hello')
  const polling = relay({ api: new Api(telegram.token, telegram.url), hand, signal: stopping.signal, say: () => {} })
  polling.catch(() => {})
  expect(await said.promise).toMatch(/did not take update \d+ \(no answer\): it comes again/)
  stopping.abort()
  await expect(polling).rejects.toThrow()
  expect(telegram.pending()).toBe(1)
})
