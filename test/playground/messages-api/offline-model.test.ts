import { describe, expect, it } from 'vitest'
import { converse } from './converse.ts'
import { ask, start } from './start.ts'

describe('the offline model', () => {
  const job = (id: number, status: string, more: object = {}) => {
    return { id, type: 'board', status, created_at: `2026-11-22T10:0${id}:00.000Z`, topic: 'a second shop', ...more }
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
    const { calls, said } = await converse('is my board done yet?', { answer: () => ({ jobs }) })
    expect(calls.map(({ name, input }) => [name, input])).toEqual([['list_background_jobs', {}]])
    expect(said).toMatch(words)
    expect(said.match(/offline/g)).toHaveLength(1)
  })

  it('tells what the board said from the list', async () => {
    const jobs = [job(3, 'done', { result: 'The old view.' }), job(5, 'done', { result: 'Open it in spring.' })]
    const { said } = await converse('What did the board say?', { answer: () => ({ jobs }) })
    expect(said).toMatch(/^Board #5 [^\n]* says:\n\nOpen it in spring\.\n/)
  })

  it('reads a long result page by page', async () => {
    const pages = ['First half, ', 'second half.']
    const { calls, said } = await converse('what did the board say?', {
      answer: ({ name, input }) => {
        if (name === 'list_background_jobs') return { jobs: [job(5, 'done', { result_preview: 'First', result_length: 24 })] }
        const offset = (input as { offset?: number }).offset ?? 0
        return { ...job(5, 'done'), offset, result: pages[offset / 12], next_offset: offset === 0 ? 12 : null }
      },
    })
    expect(calls.map(({ input }) => input)).toEqual([{}, { job_id: 5 }, { job_id: 5, offset: 12 }])
    expect(said).toMatch(/:\n\nFirst half, second half\.\n/)
  })

  it('gives the heart of a verdict and where the whole of it is', async () => {
    const parts = ['**What to do:** Wait.', 'The other side: Go.', 'The biggest risk: Rain.', 'The open question: When?']
    const result = ['⚖️ Verdict', ...parts, '— Strategy —', 'A view. '.repeat(100)].join('\n\n')
    const { said } = await converse('what did the board say?', { answer: () => ({ jobs: [job(5, 'done', { result })] }) })
    expect(said).toMatch(
      /^Board #5 .* says, in short:\n\n\*\*What to do:\*\* Wait\.\n\nThe biggest risk: Rain\.\n\nThe open question: When\?\n\n\/job 5 /,
    )
    expect(said).not.toContain('A view.')
  })

  it('tells of the last verdict when a newer board has none', async () => {
    const jobs = [job(5, 'done', { result: 'Wait.' }), job(6, 'failed', { result: 'interrupted by restart' })]
    const { said } = await converse('what did the board say?', { answer: () => ({ jobs }) })
    expect(said).toMatch(/^Board #6 .* failed: interrupted by restart\. [\s\S]*\n\nBoard #5 .* says:\n\nWait\.\n/)
  })

  it('narrows “any jobs running?” to those', async () => {
    const { calls, said } = await converse('any jobs running?', { answer: () => ({ jobs: [job(1, 'running')] }) })
    expect(calls[0]?.input).toEqual({ status_filter: 'running' })
    expect(said).toMatch(/^One job\.\nBoard #1/)
  })

  it('says what to try to a greeting, without a tool call', async () => {
    const { calls, said } = await converse('hello there')
    expect(calls).toEqual([])
    expect(said).toMatch(/^Hello! I am an offline model.*\/board/)
  })

  const sitting = async (role: string, topic: string, more = '') => {
    await using service = await start()
    const seen = role === 'Critic' ? '<view director="Strategy">Wait.</view>' : ''
    const params = { ...ask(`<topic>${topic}</topic>${seen}`), system: `You advise.\nRole: ${role}\nBe brief.${more}` }
    return await service.client.messages.stream(params).finalText()
  }

  it.each(['Strategy', 'Content', 'Finance', 'Research', 'Critic'])('sits on the board as %s', async (role) => {
    const text = await sitting(role, 'Should we open a second shop?')
    const words = text.split(/\s+/).length
    expect(words).toBeGreaterThanOrEqual(100)
    expect(words).toBeLessThanOrEqual(200)
    expect(text).toContain('“Should we open a second shop?”')
    expect(text.match(/offline/g)).toHaveLength(1)
    expect(await sitting(role, 'Should we hire a gardener?')).not.toBe(text)
  })

  it.each(['Strategy', 'Content', 'Finance', 'Research'])('gives one bold phrase and one short list as %s', async (role) => {
    const text = await sitting(role, 'Should we open a second shop?')
    expect(text.match(/\*\*[^*\n]+\*\*/g)).toEqual(['**My leaning:**'])
    expect(text.match(/^- .+\?$/gm)).toHaveLength(3)
  })

  it('gives a verdict of four points in bold, of about 900 characters at most', async () => {
    for (const topic of ['Tea?', 'Should we open a second shop?', 'A very long topic that goes on and on '.repeat(5)]) {
      const text = await sitting('Critic', topic)
      expect(text.match(/^\*\*[^*]+\*\*/gm)).toEqual([
        ...['**What to do:**', '**The other side:**', '**The biggest risk:**', '**The open question:**'],
      ])
      expect(text.length).toBeLessThanOrEqual(950)
    }
  })

  it.each(['Strategy', 'Critic'])('writes plain text as %s where the prompt wants no Markdown', async (role) => {
    const text = await sitting(role, 'Should we open a second shop?', ' Plain text: no headings, no Markdown marks.')
    expect(text).not.toMatch(/[*#_`]|^- /m)
    if (role === 'Critic') expect(text).toMatch(/^What to do:/)
  })
})
