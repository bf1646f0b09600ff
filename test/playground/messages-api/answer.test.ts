import { once } from 'node:events'
import { APIUserAbortError } from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { ask, failureOf, model, start } from './start.ts'

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
    expect(api.requests).toMatchObject([{ outcome: 'answered', body: { max_tokens: 500 }, usage: { output_tokens: 9 } }])
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
