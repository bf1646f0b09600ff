import { once } from 'node:events'
import { connect } from 'node:net'
import Anthropic, { APIConnectionError, APIError, APIUserAbortError } from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { offlineModel } from '../../playground/messages-api/offline-model.ts'
import { createMessagesApi, type Fault, type MessagesApi } from '../../playground/messages-api/server.ts'

const model = 'claude-opus-5-5'
const ask = (content: string) => ({ model, max_tokens: 500, messages: [{ role: 'user' as const, content }] })

function clientOf(api: MessagesApi, maxRetries = 0) {
  return new Anthropic({ apiKey: api.apiKey, baseURL: api.url, maxRetries })
}

async function start() {
  const api = await createMessagesApi({ model: offlineModel({ pace: 0 }), minimumCacheTokens: 20 })
  return { api, client: clientOf(api), [Symbol.asyncDispose]: () => api.close() }
}

/** A body as it is, past the SDK's types. */
async function post(api: MessagesApi, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${api.url}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.apiKey}`, 'anthropic-version': '2026-10-21', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const answer = (await response.json()) as { error?: { type: string; message: string }; request_id?: string }
  return { status: response.status, ...answer.error, requestId: answer.request_id, headers: response.headers }
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('the call should have failed'),
    (error: unknown) => error,
  )
}

describe('an answer', () => {
  it('streams its text in pieces and counts its tokens', async () => {
    await using service = await start()
    const { api, client } = service
    api.script({ text: 'A text that comes in four pieces. 🌱', chunks: 4, pings: 3 })
    const stream = client.messages.stream(ask('hello'))
    const pieces: string[] = []
    stream.on('text', (piece) => pieces.push(piece))
    const message = await stream.finalMessage()
    expect(pieces).toHaveLength(4)
    expect(pieces.join('')).toBe('A text that comes in four pieces. 🌱')
    expect(message).toMatchObject({ model, role: 'assistant', stop_reason: 'end_turn' })
    expect(message.usage).toMatchObject({ input_tokens: 3, output_tokens: 9 })
    expect(api.requests).toMatchObject([
      { outcome: 'answered', body: { max_tokens: 500 }, usage: { output_tokens: 9 } },
    ])
    expect(stream.request_id).toBe(api.requests[0]?.id)
  })

  it('comes in one piece to a request without a stream', async () => {
    await using service = await start()
    service.api.script({ text: 'Whole.' })
    const message = await service.client.messages.create({ ...ask('hello') })
    expect(message).toMatchObject({ content: [{ type: 'text', text: 'Whole.' }], stop_reason: 'end_turn' })
  })

  it('carries a tool call there and its result back', async () => {
    await using service = await start()
    const { api, client } = service
    const tools = [{ name: 'look', input_schema: { type: 'object' as const } }]
    const input = { place: 'the “garden”', depth: [1, 2, { three: true }] }
    api.script({ text: 'Let me look.', toolCalls: [{ name: 'look', input }] }, ({ messages }) => ({
      text: `I saw ${JSON.stringify(messages.at(-1)?.content)}`,
    }))
    const first = await client.messages.stream({ ...ask('what is there?'), tools }).finalMessage()
    const call = first.content.find((block) => block.type === 'tool_use')
    expect(first.stop_reason).toBe('tool_use')
    expect(call?.input).toEqual(input)
    const second = await client.messages
      .stream({
        ...ask('what is there?'),
        tools,
        messages: [
          { role: 'user', content: 'what is there?' },
          { role: 'assistant', content: first.content },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: 'a tree' }] },
        ],
      })
      .finalText()
    expect(second).toContain('a tree')
  })

  it('keeps thinking, server tools and citations as they were given', async () => {
    await using service = await start()
    const blocks = [
      { type: 'thinking', thinking: 'Let me see what there is.', signature: 'c2lnbmVk' },
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'trees' } },
      { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
      { type: 'text', text: 'Found.', citations: [{ type: 'web_search_result_location', url: 'https://example.org' }] },
    ]
    service.api.script({ blocks })
    const message = await service.client.messages.stream(ask('search')).finalMessage()
    expect(message.content).toMatchObject(blocks)
    expect(message.usage.server_tool_use).toMatchObject({ web_search_requests: 1 })
  })

  it('is cut at max_tokens', async () => {
    await using service = await start()
    service.api.script({ text: 'x'.repeat(100) })
    const message = await service.client.messages.stream({ ...ask('go on'), max_tokens: 10 }).finalMessage()
    expect(message).toMatchObject({ stop_reason: 'max_tokens', content: [{ text: 'x'.repeat(40) }] })
  })

  it('waits at its gate while others pass, and the journal sees how many are in flight', async () => {
    await using service = await start()
    const { api, client } = service
    const gate = api.gate()
    api.when(({ messages }) => messages[0]?.content === 'slow', { text: 'Late.', hold: gate.promise })
    const slow = [1, 2].map(() => client.messages.stream(ask('slow')).finalText())
    await api.until(() => api.inFlight === 2)
    expect(await client.messages.stream(ask('hi')).finalText()).toContain('offline')
    expect(api.inFlight).toBe(2)
    gate.open()
    expect(await Promise.all(slow)).toEqual(['Late.', 'Late.'])
    expect([api.inFlight, api.maxInFlight, api.aborted]).toEqual([0, 3, 0])
  })

  it('counts a client that goes away in the middle', async () => {
    await using service = await start()
    const { api, client } = service
    api.script({ text: 'Never read.', hold: api.gate().promise })
    const stream = client.messages.stream(ask('hello'))
    const closed = once(api.events, 'closed')
    await once(api.events, 'request')
    const failure = failureOf(stream.finalMessage())
    stream.abort()
    expect(await failure).toBeInstanceOf(APIUserAbortError)
    await closed
    expect(api.requests[0]?.outcome).toBe('closed')
    expect([api.inFlight, api.aborted]).toEqual([0, 1])
  })

  it('is waited for in vain with a message that says what came instead', async () => {
    await using service = await start()
    await service.client.messages.stream(ask('hello')).finalText()
    const failure = await failureOf(service.api.until(() => service.api.requests.length === 2, 1))
    expect(String(failure)).toMatch(/1 ms passed before .*length === 2 held\. Requests: answered; 0 in flight/)
  })

  it('that throws is a 500 that says so', async () => {
    await using service = await start()
    service.api.script(() => {
      throw new Error('the script is wrong')
    })
    const failure = await failureOf(service.client.messages.stream(ask('hello')).finalText())
    expect(failure).toMatchObject({ status: 500, message: expect.stringContaining('the script is wrong') })
  })
})

describe('a request is refused', () => {
  const hello = { role: 'user', content: 'hello' }
  const use = (id: string) => ({ role: 'assistant', content: [{ type: 'tool_use', id, name: 'look', input: {} }] })
  const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'a tree' })
  const tool = { name: 'look', input_schema: { type: 'object' } }
  const marked = { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }
  const said = (text: string) => ({ type: 'text', text })

  it.each<[string, Record<string, unknown>, string]>([
    ['without max_tokens', { max_tokens: undefined }, 'max_tokens: Field required'],
    ['with no room to answer', { max_tokens: 0 }, 'max_tokens: Input should be greater than or equal to 1'],
    ['with half a token', { max_tokens: 1.5 }, 'max_tokens: Input should be a valid integer'],
    ['with a field that nobody knows', { temperature: 1 }, 'temperature: Extra inputs are not permitted'],
    ['without messages', { messages: [] }, 'at least one message is required'],
    ['that begins with an answer', { messages: [{ role: 'assistant', content: 'a' }] }, 'must use the "user" role'],
    ['with a system message', { messages: [hello, { role: 'system', content: 'a' }] }, 'Unexpected role "system"'],
    ['with an empty block', { messages: [{ role: 'user', content: [said('')] }] }, 'must be non-empty'],
    ['with a blank message', { messages: [{ role: 'user', content: ' \n' }] }, 'must contain non-whitespace text'],
    ['with an empty list', { messages: [{ role: 'user', content: [] }, hello] }, 'must have non-empty content'],
    ['ending in a space', { messages: [hello, { role: 'assistant', content: 'So ' }] }, 'trailing whitespace'],
    [
      'with half an emoji',
      { messages: [{ role: 'user', content: '🌱'.slice(0, 1) }] },
      'The request body is not valid JSON: no low surrogate in string',
    ],
    [
      'with an unanswered tool call',
      { messages: [hello, use('t1'), hello] },
      'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: t1',
    ],
    [
      'with text before the result',
      { messages: [hello, use('t1'), { role: 'user', content: [said('so'), result('t1')] }] },
      'without `tool_result` blocks immediately after: t1',
    ],
    [
      'with a result that nobody asked for',
      { messages: [{ role: 'user', content: [result('t2')] }] },
      'messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: t2',
    ],
    [
      'with a call answered twice',
      { messages: [hello, use('t1'), { role: 'user', content: [result('t1'), result('t1')] }] },
      'each tool_use must have a single result',
    ],
    [
      'with a tool of a strange name',
      { tools: [{ ...tool, name: 'a.b' }] },
      "should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
    ],
    ['with a tool twice', { tools: [tool, tool] }, 'Tool names must be unique'],
    ['with a tool without schema', { tools: [{ name: 'look' }] }, 'tools.0.custom.input_schema: Field required'],
    [
      'with five cache marks',
      { system: [marked, marked, marked, marked, marked] },
      'A maximum of 4 blocks with cache_control',
    ],
  ])('%s', async (_, change, words) => {
    await using service = await start()
    const refused = await post(service.api, { model, max_tokens: 10, messages: [hello], ...change })
    expect(refused).toMatchObject({ status: 400, type: 'invalid_request_error' })
    expect(refused.message).toContain(words)
    expect(service.api.requests[0]).toMatchObject({
      outcome: 'refused',
      refusal: refused.message,
      id: refused.requestId,
    })
    expect(service.api.inFlight).toBe(0)
  })

  it('with another key, without a version, in broken JSON or at another address', async () => {
    await using service = await start()
    const { api } = service
    const good = { model, max_tokens: 10, messages: [hello] }
    expect(await post(api, good, { authorization: 'Bearer other' })).toMatchObject({
      status: 401,
      type: 'authentication_error',
      message: 'invalid x-api-key',
    })
    expect(await post(api, good, { 'anthropic-version': 'today' })).toMatchObject({ status: 400 })
    expect((await post(api, '{"model":')).message).toContain('not valid JSON')
    expect(await post({ ...api, url: `${api.url}/v2` }, good)).toMatchObject({ status: 404, type: 'not_found_error' })
  })

  it('not for what the API takes: merged roles, server tools, a prefill, effort and caching', async () => {
    await using service = await start()
    const allowed = {
      messages: [hello, hello, use('t1'), { role: 'user', content: [result('t1'), said('so?')] }, hello],
      tools: [tool, { type: 'web_search_20260318', name: 'web_search' }],
      tool_choice: { type: 'auto' },
      system: [marked],
      cache_control: { type: 'ephemeral', ttl: '1h' },
      thinking: { type: 'adaptive' },
      output_config: { effort: 'low' },
      metadata: { user_id: 'someone' },
    }
    expect(await post(service.api, { model, max_tokens: 10, ...allowed })).toMatchObject({ status: 200 })
  })
})

describe('the cache', () => {
  const long = (text: string) => ({ type: 'text' as const, text: text.repeat(100) })
  const marked = (text: string) => ({ ...long(text), cache_control: { type: 'ephemeral' as const } })

  it('is written at a mark, read by the same prefix, and missed by another', async () => {
    await using service = await start()
    const usageOf = async (system: Anthropic.TextBlockParam[], question: string) =>
      (await service.client.messages.stream({ ...ask(question), system }).finalMessage()).usage
    const first = await usageOf([marked('abcd')], 'one')
    expect(first).toMatchObject({ cache_creation_input_tokens: 102, cache_read_input_tokens: 0, input_tokens: 2 })
    const second = await usageOf([marked('abcd')], 'two')
    expect(second).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: 102, input_tokens: 2 })
    const grown = await usageOf([long('abcd'), marked('more')], 'two')
    expect(grown).toMatchObject({ cache_creation_input_tokens: 102, cache_read_input_tokens: 102 })
    const other = await usageOf([marked('abce')], 'two')
    expect(other).toMatchObject({ cache_read_input_tokens: 0 })
    const unmarked = await usageOf([long('abcd')], 'two')
    expect(unmarked).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: 0 })
  })

  it('follows a conversation by the mark at the top level', async () => {
    await using service = await start()
    const turns: Anthropic.MessageParam[] = [{ role: 'user', content: [long('ques')] }]
    const turn = async () => {
      const params = { ...ask(''), messages: turns, cache_control: { type: 'ephemeral' as const } }
      return (await service.client.messages.stream(params).finalMessage()).usage
    }
    expect(await turn()).toMatchObject({ cache_read_input_tokens: 0, input_tokens: 0 })
    turns.push({ role: 'assistant', content: 'Yes.' }, { role: 'user', content: 'And now?' })
    const second = await turn()
    expect(second.cache_read_input_tokens).toBe(102)
    expect(second.cache_creation_input_tokens).toBeGreaterThan(0)
  })
})

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
  })
})

describe('the offline model', () => {
  const named = (name: string, properties: Record<string, unknown>): Anthropic.Tool => {
    return { name, input_schema: { type: 'object', properties } }
  }
  const tools = [
    named('list_background_jobs', { status_filter: { enum: ['queued', 'running', 'done', 'failed'] } }),
    named('get_background_job', { job_id: {}, offset: {} }),
  ]
  const job = (id: number, status: string, more: object = {}) => {
    return { id, type: 'board', status, created_at: `2026-11-22T10:0${id}:00.000Z`, topic: 'a second shop', ...more }
  }

  /** Asks like the service does, answering each tool call by `answer`; the text that ends it, and the calls. */
  async function converse(text: string, answer: (call: Anthropic.ToolUseBlock) => unknown) {
    await using service = await start()
    const content = `[Sunday 22 November 2026, 11:15, Europe/Berlin]\n${text}`
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content }]
    const calls: Anthropic.ToolUseBlock[] = []
    for (;;) {
      const params = { ...ask(''), max_tokens: 4000, system: 'You are Remy, an assistant.', tools, messages }
      const message = await service.client.messages.stream(params).finalMessage()
      const call = message.content.find((block) => block.type === 'tool_use')
      if (!call)
        return { calls, said: message.content.map((block) => (block.type === 'text' ? block.text : '')).join('') }
      calls.push(call)
      const result = { type: 'tool_result' as const, tool_use_id: call.id, content: JSON.stringify(answer(call)) }
      messages.push({ role: 'assistant', content: message.content }, { role: 'user', content: [result] })
    }
  }

  it.each<[string, object[], RegExp]>([
    [
      'a running board',
      [job(4, 'done'), job(7, 'running', { started_at: '2026-11-22T10:08:00.000Z' })],
      /^Not yet\. Board #7 on “a second shop” is running, started at 10:08 UTC\./,
    ],
    ['a queued board', [job(7, 'queued')], /^Not yet\. Board #7 .*waiting for its turn since 10:07 UTC/],
    [
      'a finished board',
      [job(7, 'done', { completed_at: '2026-11-22T10:09:00.000Z' })],
      /^Yes\. Board #7 .*done, finished at 10:09 UTC/,
    ],
    [
      'a failed board',
      [job(7, 'failed', { result: 'interrupted by restart' })],
      /^No\. Board #7 .*failed: interrupted by restart\./,
    ],
    ['no board', [{ ...job(7, 'done'), type: 'research' }], /^There is no board yet/],
  ])('answers “is my board done yet?” by what the registry says: %s', async (_, jobs, words) => {
    const { calls, said } = await converse('is my board done yet?', () => ({ jobs }))
    expect(calls.map(({ name, input }) => [name, input])).toEqual([['list_background_jobs', {}]])
    expect(said).toMatch(words)
    expect(said.match(/offline/g)).toHaveLength(1)
  })

  it('tells what the board said from the list', async () => {
    const jobs = [job(3, 'done', { result: 'The old view.' }), job(5, 'done', { result: 'Open it in spring.' })]
    const { said } = await converse('What did the board say?', () => ({ jobs }))
    expect(said).toMatch(/board #5 [\s\S]*Open it in spring\.$/)
  })

  it('reads a long result page by page', async () => {
    const pages = ['First half, ', 'second half.']
    const { calls, said } = await converse('what did the board say?', ({ name, input }) => {
      if (name === 'list_background_jobs')
        return { jobs: [job(5, 'done', { result_preview: 'First', result_length: 24 })] }
      const offset = (input as { offset?: number }).offset ?? 0
      return { ...job(5, 'done'), offset, result: pages[offset / 12], next_offset: offset === 0 ? 12 : null }
    })
    expect(calls.map(({ input }) => input)).toEqual([{}, { job_id: 5 }, { job_id: 5, offset: 12 }])
    expect(said).toMatch(/First half, second half\.$/)
  })

  it('narrows “any jobs running?” to those', async () => {
    const { calls, said } = await converse('any jobs running?', () => ({ jobs: [job(1, 'running')] }))
    expect(calls[0]?.input).toEqual({ status_filter: 'running' })
    expect(said).toMatch(/^One job\.\nBoard #1/)
  })

  it('says what to try to a greeting, without a tool call', async () => {
    const { calls, said } = await converse('hello there', () => ({}))
    expect(calls).toEqual([])
    expect(said).toMatch(/^Hello! I am an offline model.*\/board/)
  })

  it.each(['Strategy', 'Content', 'Finance', 'Research', 'Critic'])('sits on the board as %s', async (role) => {
    await using service = await start()
    const view = async (topic: string) => {
      const seen = role === 'Critic' ? '<view director="Strategy">Wait.</view>' : ''
      const params = { ...ask(`<topic>${topic}</topic>${seen}`), system: `You advise.\nRole: ${role}\nBe brief.` }
      return service.client.messages.stream(params).finalText()
    }
    const text = await view('Should we open a second shop?')
    const words = text.split(/\s+/).length
    expect(words).toBeGreaterThanOrEqual(120)
    expect(words).toBeLessThanOrEqual(200)
    expect(text).toContain('“Should we open a second shop?”')
    expect(text.match(/offline/g)).toHaveLength(1)
    expect(text).not.toMatch(/[*#_`]/)
    expect(await view('Should we hire a gardener?')).not.toBe(text)
    if (role === 'Critic')
      for (const part of ['What to do:', 'The biggest risk:', 'The open question:']) expect(text).toContain(part)
  })
})
