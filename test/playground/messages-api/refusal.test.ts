import { describe, expect, it } from 'vitest'
import { model, post, start } from './start.ts'

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
    ['with a tool of a strange name', { tools: [{ ...tool, name: 'a.b' }] }, "should match pattern '^[a-zA-Z0-9_-]{1,128}$'"],
    ['with a tool twice', { tools: [tool, tool] }, 'Tool names must be unique'],
    ['with a tool without schema', { tools: [{ name: 'look' }] }, 'tools.0.custom.input_schema: Field required'],
    ['with five cache marks', { system: [marked, marked, marked, marked, marked] }, 'A maximum of 4 blocks with cache_control'],
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
