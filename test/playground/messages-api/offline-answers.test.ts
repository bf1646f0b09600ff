import type Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { searchCall } from '../../../playground/messages-api/searches.ts'
import { converse, listing, starting } from './converse.ts'
import { document, image, jpeg, pdf, png, textFile } from './files.ts'
import { ask, start } from './start.ts'

describe('the offline model says of a file what it can', () => {
  it.each<[string, Anthropic.ContentBlockParam, RegExp]>([
    ['a photo', image(jpeg, 'image/jpeg'), /^I got a photo \(image\/jpeg, 0\.1 kB, 800 × 600 pixels\)\./],
    ['a PDF', document(pdf(3), 'Lease'), /^I got a PDF, “Lease” \(application\/pdf, 0\.1 kB, 3 pages\)\./],
    [
      'a text',
      textFile(`\n a,b\n${'1,2\n'.repeat(3000)}`, 'a.csv'),
      /^I got a text file, “a\.csv” \(text\/plain, 12 kB\)\.\n\nIts first line is: “a,b”/,
    ],
  ])('when it is %s', async (_, block, words) => {
    const { calls, said } = await converse([block, { type: 'text', text: 'what is this?' }])
    expect(calls).toEqual([])
    expect(said).toMatch(words)
    expect(said.match(/offline/g)).toHaveLength(1)
  })

  it('when there are several, without a word', async () => {
    const { said } = await converse([image(png()), document(pdf())])
    expect(said).toMatch(/^I got 2 files:\n\n- a photo \(.*\)\n- a PDF \(/)
  })

  it('when the person wants something done with it: that comes first', async () => {
    const said = [image(png()), { type: 'text' as const, text: 'have the board look at this photo' }]
    const { calls } = await converse(said, { tools: [starting], answer: () => ({ job_id: 1, status: 'started' }) })
    expect(calls[0]?.input).toEqual({ job_type: 'board', input: 'This photo' })
  })

  it('when nothing was written beside it', async () => {
    const { said } = await converse([image(png()), { type: 'text', text: '(no words, only what is attached)' }])
    expect(said).toMatch(/^I got a photo /)
  })

  it('only in the turn in which it came', async () => {
    await using service = await start()
    const messages: Anthropic.MessageParam[] = [
      { role: 'user', content: [image(png())] },
      { role: 'assistant', content: 'I got a photo.' },
      { role: 'user', content: 'hello' },
    ]
    const text = await service.client.messages.stream({ ...ask(''), messages, tools: [listing] }).finalText()
    expect(text).toMatch(/^Hello!/)
  })
})

describe('the offline model at work', () => {
  const work = async (role: string, said: string | Anthropic.MessageParam[], tools?: Anthropic.ToolUnion[]) => {
    await using service = await start()
    const messages = typeof said === 'string' ? [{ role: 'user' as const, content: said }] : said
    const system = `You work for one person.\nRole: ${role}\nBe brief.`
    return await service.client.messages
      .stream({ ...ask(''), max_tokens: 4000, system, messages, ...(tools && { tools }) })
      .finalMessage()
  }
  const wordsOf = ({ content }: Anthropic.Message) => content.map((block) => (block.type === 'text' ? block.text : '')).join('')
  const tool: Anthropic.WebSearchTool20260318 = { type: 'web_search_20260318', name: 'web_search' }

  it('researches: a search of three made-up pages, a summary, a line, details with a list, and cites', async () => {
    const message = await work('Researcher', '<topic>cargo bikes in winter</topic>', [tool])
    const [use, result, ...texts] = message.content
    expect(use).toMatchObject({ type: 'server_tool_use', input: { query: 'cargo bikes in winter' } })
    const pages = result?.type === 'web_search_tool_result' && Array.isArray(result.content) ? result.content : []
    expect(pages).toHaveLength(3)
    for (const { title, url } of pages) {
      expect(title).toContain('cargo bikes in winter')
      expect(new URL(url).hostname).toMatch(/\.example\.org$/)
    }
    const [summary, details] = wordsOf(message).split('\n\n---\n\n')
    expect(summary).toMatch(/^\*\*In short:\*\* on “cargo bikes in winter”, .*offline/)
    expect(details).toMatch(/^## .+\n\n- .+\n- .+/)
    const urls = texts
      .flatMap((block) => (block.type === 'text' ? (block.citations ?? []) : []))
      .map((cite) => 'url' in cite && cite.url)
    expect(new Set(urls)).toEqual(new Set(pages.map(({ url }) => url)))
    expect(message.usage.server_tool_use?.web_search_requests).toBe(1)
  })

  it('researches without a web by saying so', async () => {
    const message = await work('Researcher', '<topic>cargo bikes</topic>')
    expect(message.content).toHaveLength(1)
    expect(wordsOf(message)).toMatch(/^\*\*In short:\*\* on “cargo bikes” nothing could be looked up.*\n\n---\n\n## /)
  })

  it('goes on with a search that was paused', async () => {
    const call = searchCall({ query: 'bikes', id: 'srvtoolu_9' }) as unknown as Anthropic.ServerToolUseBlockParam
    const paused: Anthropic.MessageParam[] = [
      { role: 'user', content: '<topic>bikes</topic>' },
      { role: 'assistant', content: [call] },
    ]
    const message = await work('Researcher', paused, [tool])
    expect(message.content[0]).toMatchObject({ type: 'web_search_tool_result', tool_use_id: 'srvtoolu_9' })
  })

  const lines = (count: number) =>
    Array.from(
      { length: count },
      (_, n) =>
        `[${1 + (n % 9)} Nov 2026 10:00] Person: [Sunday 1 November]\nI thought about matter number ${n}.\n\nRemy: Noted.`,
    )
  const jobs =
    '[2 Nov 2026 10:00] Job #1 (board, done) was asked for: tea\nIts result: **What to do:** Wait for #9.\n\nJob #2 (research, failed) was asked for: more tea'
  const material = `<period>the last 30 days</period>\n\n<material>\n${jobs}\n\n${lines(20).join('\n\n')}\n</material>`

  it('looks back: four headings, built from what it was given', async () => {
    const text = wordsOf(await work('Retrospective', material))
    expect(text.match(/^\*\*\w+\*\*$/gm)).toEqual(['**Wins**', '**Stuck**', '**Patterns**', '**Focus**'])
    expect(text).toMatch(/^I read 63 lines with 40 messages and 2 jobs\./)
    expect(text.match(/“I thought about matter number \d+\.”/g)?.length).toBeGreaterThanOrEqual(2)
    expect(text.match(/offline/g)).toHaveLength(1)
  })

  it('looks back on nothing without a failure', async () => {
    expect(wordsOf(await work('Retrospective', '<material></material>'))).toContain('0 messages and 0 jobs')
  })

  it('takes notes on one piece: a list with how much it read', async () => {
    const text = wordsOf(await work('Note-taker', material))
    expect(text).toMatch(/^- Read 63 lines: 40 messages and 2 jobs/)
    expect(text.split('\n')).toHaveLength(4)
    const ofNotes = wordsOf(await work('Note-taker', `<material>\n${text}\n\n${text}\n</material>`))
    expect(ofNotes).toMatch(/^- Read 126 lines: 80 messages and 4 jobs/)
  })

  it('folds a conversation into a bounded summary that keeps what an earlier one quoted', async () => {
    const first = wordsOf(
      await work(
        'Summary',
        `<summary>\n(none yet)\n</summary>\n\n<turns>\nPerson: My sister lives in Porto.\nRemy: Noted.\n${lines(300).join('\n\n')}\n</turns>`,
      ),
    )
    expect(first).toMatch(/^Folded 602 messages into this summary .*offline/)
    expect(first).toContain('My sister lives in Porto.')
    const second = wordsOf(await work('Summary', `<summary>${first}</summary>\n<turns>\n${lines(2).join('\n\n')}\n</turns>`))
    expect(second).toContain('My sister lives in Porto.')
    expect(second).toMatch(/^Folded 4 messages/)
    const long = wordsOf(await work('Summary', `Person: ${'long words '.repeat(900)}\nRemy: ${'more '.repeat(900)}`))
    for (const text of [first, second, long]) expect(text.length).toBeLessThanOrEqual(600)
  })

  it('folds a conversation that comes as messages', async () => {
    const turns: Anthropic.MessageParam[] = [
      { role: 'user', content: 'My sister lives in Porto.' },
      { role: 'assistant', content: 'Noted.' },
      { role: 'user', content: 'Now fold all of this, please.' },
    ]
    const text = wordsOf(await work('Summary', turns))
    expect(text).toMatch(/^Folded 3 messages/)
    expect(text).toContain('My sister lives in Porto.')
  })
})

describe('the offline model in the chat', () => {
  const tool = { type: 'web_search_20260318', name: 'web_search', max_uses: 3 } as const

  it('searches the web when it is plainly asked to, and may', async () => {
    await using service = await start()
    const asked = { ...ask('Please search the web for night trains'), system: 'You are Remy.' }
    const found = await service.client.messages.stream({ ...asked, tools: [listing, tool] }).finalMessage()
    expect(found.content.slice(0, 2)).toMatchObject([
      { type: 'server_tool_use', input: { query: 'Night trains' } },
      { type: 'web_search_tool_result', content: [{}, {}, {}] },
    ])
    const text = await service.client.messages.stream({ ...asked, tools: [listing] }).finalText()
    expect(text).toContain('cannot really think')
  })
})

describe('the offline model shows Markdown', () => {
  it.each<[string, RegExp[]]>([
    ['a table please', [/^\| Room \| Plants \|/m, /^\| :--- \| ---: \|/m]],
    ['show me some code', [/^```python$/m, /^```$/m]],
    ['answer in markdown', [/^# /m, /^- /m, /^ {2}- /m, /^1\. /m, /^> /m, /^\|/m, /^```/m, /\[link\]\(https:/, /\*\*bold\*\*/]],
    ['give me a long answer', [/^## 1\. Monday$/m, /This is the end of the long answer\./]],
  ])('to “%s”', async (text, forms) => {
    const { said } = await converse(text)
    for (const form of forms) expect(said).toMatch(form)
    expect(said).toContain('offline')
  })

  it('of about 9,000 characters when it shall be long', async () => {
    const { said } = await converse('I want a long answer')
    expect(said.length).toBeGreaterThan(8_900)
    expect(said.length).toBeLessThan(10_000)
  })

  it('not when a table is only talked about', async () => {
    expect((await converse('The table in my kitchen is broken.')).said).not.toContain('|')
  })
})
