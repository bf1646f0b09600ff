import type Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { ask, start } from './start.ts'

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
      if (!call) return { calls, said: message.content.map((block) => (block.type === 'text' ? block.text : '')).join('') }
      calls.push(call)
      const result = { type: 'tool_result' as const, tool_use_id: call.id, content: JSON.stringify(answer(call)) }
      messages.push({ role: 'assistant', content: message.content }, { role: 'user', content: [result] })
    }
  }

  it.each<[string, object[], RegExp]>([
    [
      'a running board',
      [job(4, 'done'), job(7, 'running', { started_at: '2026-11-22T10:08:00.000Z' })],
      /^Not yet\. Board #7 on “a second shop” is running, started at 11:08\./,
    ],
    ['a queued board', [job(7, 'queued')], /^Not yet\. Board #7 .*waiting for its turn since 11:07/],
    [
      'a finished board',
      [job(7, 'done', { completed_at: '2026-11-22T10:09:00.000Z' })],
      /^Yes\. Board #7 .*done, finished at 11:09\./,
    ],
    [
      'a failed board',
      [job(7, 'failed', { result: 'interrupted by restart' })],
      /^No\. Board #7 .*failed: interrupted by restart\. You can ask for it again\./,
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
    expect(said).toMatch(/^Board #5 [^\n]* says:\n\nOpen it in spring\.\n/)
  })

  it('reads a long result page by page', async () => {
    const pages = ['First half, ', 'second half.']
    const { calls, said } = await converse('what did the board say?', ({ name, input }) => {
      if (name === 'list_background_jobs') return { jobs: [job(5, 'done', { result_preview: 'First', result_length: 24 })] }
      const offset = (input as { offset?: number }).offset ?? 0
      return { ...job(5, 'done'), offset, result: pages[offset / 12], next_offset: offset === 0 ? 12 : null }
    })
    expect(calls.map(({ input }) => input)).toEqual([{}, { job_id: 5 }, { job_id: 5, offset: 12 }])
    expect(said).toMatch(/:\n\nFirst half, second half\.\n/)
  })

  it('gives the heart of a verdict and where the whole of it is', async () => {
    const parts = ['What to do: Wait.', 'The other side: Go.', 'The biggest risk: Rain.', 'The open question: When?']
    const result = ['⚖️ Verdict', ...parts, '— Strategy —', 'A view. '.repeat(100)].join('\n\n')
    const { said } = await converse('what did the board say?', () => ({ jobs: [job(5, 'done', { result })] }))
    expect(said).toMatch(
      /^Board #5 .* says, in short:\n\nWhat to do: Wait\.\n\nThe biggest risk: Rain\.\n\nThe open question: When\?\n\n\/job 5 /,
    )
    expect(said).not.toContain('A view.')
  })

  it('tells of the last verdict when a newer board has none', async () => {
    const jobs = [job(5, 'done', { result: 'Wait.' }), job(6, 'failed', { result: 'interrupted by restart' })]
    const { said } = await converse('what did the board say?', () => ({ jobs }))
    expect(said).toMatch(/^Board #6 .* failed: interrupted by restart\. [\s\S]*\n\nBoard #5 .* says:\n\nWait\.\n/)
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
      for (const part of ['What to do:', 'The other side:', 'The biggest risk:', 'The open question:'])
        expect(text).toContain(part)
    if (role === 'Critic') expect(text).toMatch(/^What to do:/)
  })
})
