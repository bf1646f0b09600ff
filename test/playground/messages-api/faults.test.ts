import { once } from 'node:events'
import { connect } from 'node:net'
import { APIConnectionError, APIError } from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import type { Fault } from '../../../playground/messages-api/server.ts'
import { ask, clientOf, failureOf, start } from './start.ts'

describe('a fault reaches the SDK', () => {
  it.each<[string, Fault, Record<string, unknown>]>([
    ['a rate limit', { kind: 'rate-limit', retryAfter: 7 }, { status: 429, type: 'rate_limit_error' }],
    ['an overload', { kind: 'overloaded' }, { status: 529, type: 'overloaded_error' }],
    ['a server error', { kind: 'server-error', status: 503 }, { status: 503, type: 'api_error' }],
    ['a bad request', { kind: 'bad-request', message: 'prompt is too long' }, { status: 400 }],
    ['no credit', { kind: 'credit' }, { status: 400, message: expect.stringContaining('credit balance is too low') }],
    ['no permission', { kind: 'forbidden' }, { status: 403, type: 'permission_error' }],
    ['no such model', { kind: 'not-found' }, { status: 404, type: 'not_found_error' }],
    ['an error event', { kind: 'error-event' }, { status: undefined, type: 'overloaded_error' }],
  ])('as %s', async (_, fault, seen) => {
    await using service = await start()
    service.api.script({ text: 'A beginning and an end.', fault })
    const failure = await failureOf(service.client.messages.stream(ask('hello')).finalText())
    expect(failure).toBeInstanceOf(APIError)
    expect(failure).toMatchObject(seen)
    if (fault.kind === 'rate-limit') expect((failure as APIError).headers?.get('retry-after')).toBe('7')
    expect(service.api.requests[0]).toMatchObject({ outcome: 'fault', fault: fault.kind })
  })

  it('as a lost connection when the socket is reset', async () => {
    await using service = await start()
    service.api.script({ fault: { kind: 'reset' } })
    const failure = await failureOf(service.client.messages.stream(ask('hello')).finalText())
    expect(failure).toBeInstanceOf(APIConnectionError)
  })

  it.each<Fault>([{ kind: 'cut' }, { kind: 'early-end' }])('after half of the text: $kind', async (fault) => {
    await using service = await start()
    service.api.script({ text: 'Half of it and the rest.', chunks: 4, fault })
    const stream = service.client.messages.stream(ask('hello'))
    let heard = ''
    stream.on('text', (piece) => {
      heard += piece
    })
    const failure = await failureOf(stream.finalMessage())
    expect(String(failure)).toMatch(fault.kind === 'cut' ? /terminated/ : /ended without/)
    expect(heard).toBe('Half of it a')
  })

  it.each<[Fault, number]>([
    [{ kind: 'stall', after: 'headers' }, 0],
    [{ kind: 'stall', after: 'start' }, 1],
    [{ kind: 'stall' }, 4],
    [{ kind: 'pings-only', everyMs: 1 }, 4],
  ])('as a stream that stays open: %o', async (fault, lines) => {
    await using service = await start()
    const { api } = service
    api.script({ text: 'Half of it.', chunks: 2, fault })
    const { port } = new URL(api.url)
    const socket = connect(Number(port), '127.0.0.1')
    const body = JSON.stringify({ ...ask('hello'), stream: true })
    const head = `POST /v1/messages HTTP/1.1\r\nhost: local\r\nx-api-key: ${api.apiKey}\r\nanthropic-version: 2026-10-21\r\n`
    socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`)
    let received = ''
    const count = () => received.match(/^event: /gm)?.length ?? 0
    while (!received.includes('\r\n\r\n') || count() < lines) received += String((await once(socket, 'data'))[0])
    expect(received).toContain('200 OK')
    if (fault.kind === 'pings-only') expect(received).toMatch(/(event: ping\s+data: {"type":"ping"}\s+[^e]*){3}/)
    else expect(count()).toBe(lines)
    expect(api.inFlight).toBe(1)
    socket.destroy()
    await api.until(() => api.aborted === 1)
  })

  it('as a string where a proxy answers with a page', async () => {
    await using service = await start()
    service.api.script({ fault: { kind: 'html' } })
    expect(await service.client.messages.create({ ...ask('hello') })).toEqual(expect.stringMatching(/^<!/))
  })

  it.each<[Fault, string, number]>([
    [{ kind: 'empty' }, 'end_turn', 0],
    [{ kind: 'refusal' }, 'refusal', 0],
    [{ kind: 'max-tokens' }, 'max_tokens', 1],
  ])('as an answer that is none: %o', async (fault, stopReason, blocks) => {
    await using service = await start()
    service.api.script({ text: 'Half of it and the rest.', fault })
    const message = await service.client.messages.stream(ask('hello')).finalMessage()
    expect(message.stop_reason).toBe(stopReason)
    expect(message.content).toHaveLength(blocks)
  })

  it('as often as it is told, then not any more', async () => {
    await using service = await start()
    const { api } = service
    api.fail({ fault: { kind: 'rate-limit', retryAfter: 0.001 }, times: 2 })
    expect(await clientOf(api, 2).messages.stream(ask('hello')).finalText()).toContain('offline')
    expect(api.requests.map(({ outcome }) => outcome)).toEqual(['fault', 'fault', 'answered'])
    api.fail({ fault: { kind: 'overloaded' }, match: ({ max_tokens }) => max_tokens === 500 })
    await failureOf(service.client.messages.stream(ask('hello')).finalText())
    await service.client.messages.stream({ ...ask('hello'), max_tokens: 400 }).finalText()
    api.clearFaults()
    await service.client.messages.stream(ask('hello')).finalText()
    const takeBack = api.fail({ fault: { kind: 'overloaded' } })
    await failureOf(service.client.messages.stream(ask('hello')).finalText())
    takeBack()
    await service.client.messages.stream(ask('hello')).finalText()
  })
})
