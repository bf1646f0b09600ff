import type Anthropic from '@anthropic-ai/sdk'
import { BadRequestError } from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { searchCall, searchResult } from '../../../playground/messages-api/searches.ts'
import { cited, createMessagesApi, searchError, webSearch } from '../../../playground/messages-api/server.ts'
import { ask, clientOf, failureOf, model, post, start } from './start.ts'

const tool = { type: 'web_search_20260318' as const, name: 'web_search' as const, max_uses: 3 }
const page = { title: 'Trees', url: 'https://trees.example.org/', page_age: '2 days ago', text: 'An oak is a tree.' }
const searching = { ...ask('search'), tools: [tool] }
const hello = { role: 'user', content: 'hello' }
const said = (...content: unknown[]) => ({ role: 'assistant', content })

describe('a web search', () => {
  it('streams its query in pieces, its pages whole, and its citations after the text', async () => {
    await using service = await start()
    const source = { title: page.title, url: page.url, cited_text: page.text }
    const answer = [
      { type: 'text', text: 'Let me look.', citations: null },
      ...webSearch({ query: 'oak', results: [page] }),
      cited('An oak is one', [source, source]),
      ...webSearch({ query: 'elm', results: [] }),
      { type: 'text', text: ', and an elm too.', citations: null },
    ]
    service.api.script({ blocks: answer })
    const stream = service.client.messages.stream(searching)
    const events: string[] = []
    stream.on('streamEvent', (event) => {
      if (event.type === 'content_block_start') events.push(JSON.stringify(event.content_block))
      if (event.type === 'content_block_delta') events.push(`${event.index} ${event.delta.type}`)
    })
    const message = await stream.finalMessage()
    expect(message.content).toEqual(answer)
    expect(message).toMatchObject({ stop_reason: 'end_turn', usage: { server_tool_use: { web_search_requests: 2 } } })
    expect(events).toContain(JSON.stringify({ ...answer[1], input: {} }))
    expect(events).toContain(JSON.stringify(answer[2]))
    expect(events.filter((event) => event.startsWith('1 ')).every((event) => event === '1 input_json_delta')).toBe(true)
    expect(events.filter((event) => event.startsWith('2 '))).toEqual([])
    expect(events.filter((event) => event.startsWith('3 '))).toEqual(['3 text_delta', '3 citations_delta', '3 citations_delta'])
    expect(events).toContain(JSON.stringify({ ...answer[3], text: '', citations: [] }))
  })

  it('has its blocks in the shape of the API', () => {
    const [use, result] = webSearch({ query: 'oak', results: [page], id: 'srvtoolu_1' })
    expect(use).toMatchObject({ type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'oak' } })
    expect(result).toMatchObject({
      tool_use_id: 'srvtoolu_1',
      content: [{ type: 'web_search_result', title: 'Trees', page_age: '2 days ago', encrypted_content: expect.any(String) }],
      caller: { type: 'direct' },
    })
    expect(cited('So.', [{ title: null, url: page.url, cited_text: 'x'.repeat(200) }]).citations).toEqual([
      {
        type: 'web_search_result_location',
        url: page.url,
        title: null,
        cited_text: 'x'.repeat(150),
        encrypted_index: expect.any(String),
      },
    ])
  })

  it('that fails comes with its code in an answer, and is not charged', async () => {
    await using service = await start()
    service.api.script({ blocks: searchError('max_uses_exceeded'), text: 'Without the web, then.' })
    const message = await service.client.messages.stream(searching).finalMessage()
    expect(message.content[1]).toMatchObject({ content: { error_code: 'max_uses_exceeded' } })
    expect(message.usage.server_tool_use).toMatchObject({ web_search_requests: 0 })
  })

  it('that pauses is sent back as it is, and goes on with the result that was open', async () => {
    await using service = await start()
    const { api, client } = service
    const call = searchCall({ query: 'oak' })
    api.script(
      { text: 'Looking.', blocks: [call], stopReason: 'pause_turn' },
      { blocks: [searchResult(String(call.id), [page])], text: 'Found.' },
    )
    const first = await client.messages.stream(searching).finalMessage()
    expect(first.stop_reason).toBe('pause_turn')
    const turns: Anthropic.MessageParam[] = [...searching.messages, { role: 'assistant', content: first.content }]
    const second = await client.messages.stream({ ...searching, messages: turns }).finalMessage()
    expect(second).toMatchObject({ stop_reason: 'end_turn', usage: { server_tool_use: { web_search_requests: 1 } } })
    turns.push({ role: 'assistant', content: second.content }, { role: 'user', content: 'thanks' })
    expect(await client.messages.stream({ ...searching, messages: turns }).finalText()).toContain('offline')
  })

  it('beside a client tool waits for the results of that tool', async () => {
    await using service = await start()
    const call = searchCall({ query: 'oak', id: 'srvtoolu_1' })
    const use = { type: 'tool_use', id: 't1', name: 'look', input: {} }
    const result = { type: 'tool_result', tool_use_id: 't1', content: 'a tree' }
    const tools = [tool, { name: 'look', input_schema: { type: 'object' } }]
    const turns = [hello, said(call, use), { role: 'user', content: [result] }]
    const send = async (messages: unknown[]) => post(service.api, { model, max_tokens: 10, tools, messages })
    expect(await send(turns)).toMatchObject({ status: 200 })
    expect(await send([...turns, said(searchResult('srvtoolu_1', [page])), hello])).toMatchObject({ status: 200 })
    const withWords = [hello, said(call, use), { role: 'user', content: [result, { type: 'text', text: 'so?' }] }]
    expect((await send(withWords)).message).toContain(
      '`srvtoolu_1` was found without a corresponding `web_search_tool_result` block',
    )
  })

  it('is refused while the organisation has it not enabled, and only that', async () => {
    await using api = await createMessagesApi({ webSearch: false })
    const client = clientOf(api)
    const failure = await failureOf(client.messages.stream(searching).finalText())
    expect(failure).toBeInstanceOf(BadRequestError)
    expect(failure).toMatchObject({ status: 400, type: 'invalid_request_error' })
    expect(String(failure)).toContain('Web search is not enabled for this organization.')
    api.script({ text: 'Without.' }, { text: 'With.' })
    expect(await client.messages.stream(ask('hello')).finalText()).toBe('Without.')
    api.webSearch = true
    expect(await client.messages.stream(searching).finalText()).toBe('With.')
    expect(api.webSearch).toBe(true)
  })
})

describe('a request with a search is refused', () => {
  const use = searchCall({ query: 'oak', id: 'srvtoolu_1' })
  const result = searchResult('srvtoolu_1', [page])
  const found = cited('So.', [{ title: 'Trees', url: page.url, cited_text: 'An oak' }])
  const [citation] = found.citations as object[]
  const history = (...content: unknown[]) => ({ messages: [hello, said(...content), hello] })

  it.each<[string, Record<string, unknown>, string]>([
    ['by another name', { tools: [{ ...tool, name: 'search' }] }, "web_search_20260318.name: Input should be 'web_search'"],
    [
      'without uses',
      { tools: [{ ...tool, max_uses: 0 }] },
      'tools.0.web_search_20260318.max_uses: Input should be greater than',
    ],
    ['with half a use', { tools: [{ ...tool, max_uses: 1.5 }] }, 'max_uses: Input should be a valid integer'],
    ['with a field of nobody’s', { tools: [{ ...tool, description: 'a' }] }, 'web_search_20260318.description: Extra inputs'],
    ['from a caller unknown', { tools: [{ ...tool, allowed_callers: ['me'] }] }, 'allowed_callers: Input should be'],
    [
      'from somewhere',
      { tools: [{ ...tool, user_location: { city: 'Rome' } }] },
      "user_location.type: Input should be 'approximate'",
    ],
    [
      'of a day that never was',
      { tools: [{ type: 'web_serch_20260318', name: 'web_search' }] },
      "Input tag 'web_serch_20260318' found",
    ],
    [
      'whose call has no result',
      history(use, { type: 'text', text: 'So.' }),
      'messages.1: `web_search` tool use with id `srvtoolu_1` was found without a corresponding `web_search_tool_result` block',
    ],
    [
      'that is taken up without its tool',
      { messages: [hello, said(use)], tools: [] },
      'block, but no `web_search` tool was provided',
    ],
    [
      'whose result has no call before it',
      history(result, use),
      'messages.1.content.0: unexpected `tool_use_id` found in `web_search_tool_result` blocks: srvtoolu_1. ' +
        'Each `web_search_tool_result` block must have a corresponding `server_tool_use` block before it.',
    ],
    ['whose result came twice', history(use, result, result), 'messages.1.content.2: unexpected `tool_use_id`'],
    ['with an id of a client tool', history({ ...use, id: 'toolu_1' }), "String should match pattern '^srvtoolu_"],
    [
      'of the person’s',
      { messages: [{ role: 'user', content: [use] }] },
      '`server_tool_use` blocks can only be in `assistant`',
    ],
    [
      'with pages stripped',
      history(use, { ...result, content: [{ type: 'web_search_result', url: 'a' }] }),
      'title: Field required',
    ],
    [
      'with an error of nobody’s',
      history(use, { ...result, content: { type: 'web_search_tool_result_error', error_code: 'oops' } }),
      "content.error_code: Input should be 'invalid_tool_input'",
    ],
    [
      'with a citation stripped',
      history({ ...found, citations: [{ ...citation, encrypted_index: undefined }] }),
      'encrypted_index',
    ],
    ['with citations in no list', history({ ...found, citations: {} }), 'text.citations: Input should be a valid list'],
  ])('%s', async (_, change, words) => {
    await using service = await start()
    const refused = await post(service.api, { model, max_tokens: 10, messages: [hello], tools: [tool], ...change })
    expect(refused).toMatchObject({ status: 400, type: 'invalid_request_error' })
    expect(refused.message).toContain(words)
  })

  it('not for what the API takes: every field of the tool, a forced answer, a search in the history, and one that failed', async () => {
    await using service = await start()
    const full = {
      ...tool,
      allowed_callers: ['direct'],
      blocked_domains: ['example.com'],
      user_location: { type: 'approximate', country: 'PT', timezone: 'Europe/Lisbon' },
      cache_control: { type: 'ephemeral' },
    }
    const errors = searchError('unavailable', { id: 'srvtoolu_2' })
    const body = { tools: [full], tool_choice: { type: 'none' }, ...history(use, result, found, ...errors) }
    expect(await post(service.api, { model, max_tokens: 10, ...body })).toMatchObject({ status: 200 })
  })
})
