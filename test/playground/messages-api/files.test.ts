import type Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { document, image, jpeg, pdf, png, textFile } from './files.ts'
import { ask, model, post, start } from './start.ts'

describe('a file', () => {
  const base64 = (bytes: string) => Buffer.from(bytes, 'latin1').toString('base64')
  const user = (...content: unknown[]) => ({ role: 'user', content })
  const hello = { role: 'user', content: 'hello' }
  const tree = { type: 'tool_use', id: 't1', name: 'look', input: {} }
  const at = 'messages.0.content.0'

  it.each<[string, unknown[], string]>([
    ['an image of another kind than it says', [user(image(jpeg))], 'Image does not match the provided media type image/png'],
    [
      'an image of a kind that Claude does not see',
      [user(image(png(), 'image/bmp' as never))],
      "Input should be 'image/jpeg', 'image/png'",
    ],
    ['an empty image', [user(image(''))], `${at}.image.source.base64.data: image cannot be empty`],
    ['broken base64', [user(image('data:image/png'))], `${at}.image.source.base64.data: invalid base64 data`],
    ['base64 with line ends', [user(image(`${png()}\n`))], 'invalid base64 data'],
    [
      'an image of more than 5 MB',
      [user(image(png() + 'A'.repeat(5 * 1024 * 1024)))],
      `${at}.image.source.base64: image exceeds 5 MB maximum: 5242912 bytes > 5242880 bytes`,
    ],
    ['an image too wide', [user(image(png(8001, 10)))], 'exceed max allowed size: 8000 pixels'],
    ['an image without a source', [user({ type: 'image' })], `${at}.image.source: Field required`],
    ['an image with a name', [user({ ...image(png()), name: 'a' })], `${at}.image.name: Extra inputs are not permitted`],
    [
      'an image in an answer',
      [hello, { role: 'assistant', content: [image(png())] }],
      "messages.1.content: 'image' blocks are not permitted within assistant turns",
    ],
    [
      'a PDF that is none',
      [user(document(base64('<html>')))],
      `${at}.pdf.source.base64.data: The PDF specified was not valid.`,
    ],
    ['an empty PDF', [user(document(''))], 'PDF cannot be empty'],
    ['a PDF by another name', [user({ ...document(pdf()), filename: 'a.pdf' })], 'document.filename: Extra inputs'],
    ['an empty text', [user(textFile(' \n'))], 'document text must contain non-whitespace text'],
    ['a title that is no text', [user({ ...textFile('a'), title: 7 })], `${at}.document.title: Input should be a valid string`],
    [
      'a wrong image in a tool’s result',
      [hello, { role: 'assistant', content: [tree] }, user({ type: 'tool_result', tool_use_id: 't1', content: [image(jpeg)] })],
      'messages.2.content.0.tool_result.content.0.image.source.base64.data: Image does not match',
    ],
  ])('is refused: %s', async (_, messages, words) => {
    await using service = await start()
    const refused = await post(service.api, { model, max_tokens: 10, messages })
    expect(refused).toMatchObject({ status: 400, type: 'invalid_request_error' })
    expect(refused.message).toContain(words)
  })

  it('is taken as an image, a PDF or a text, with a title, a cache mark and beside words', async () => {
    await using service = await start()
    const marked = { ...image(jpeg, 'image/jpeg'), cache_control: { type: 'ephemeral' as const } }
    const described = { ...document(pdf(2), 'Lease'), context: 'from 2024', citations: { enabled: false } }
    const content = [{ type: 'text' as const, text: 'Look:' }, marked, described, textFile('a,b', 'a.csv')]
    const params = { ...ask(''), messages: [{ role: 'user' as const, content }] }
    expect(await service.client.messages.stream(params).finalText()).toContain('offline')
  })

  it.each<[string, Anthropic.ContentBlockParam, number]>([
    ['an image by its pixels', image(png(600, 500)), 400],
    ['a large image at the most that one can cost', image(png(4000, 3000)), 1600],
    ['an image whose size cannot be read', image(base64('\xff\xd8\xff'), 'image/jpeg'), 1500],
    ['a PDF by its pages', document(pdf(3)), 6000],
    ['a PDF whose pages are compressed as one', document(base64('%PDF-1.7')), 2000],
  ])('is counted: %s', async (_, block, tokens) => {
    await using service = await start()
    const { usage } = await service.client.messages
      .stream({ ...ask(''), messages: [{ role: 'user', content: [block] }] })
      .finalMessage()
    expect(usage.input_tokens).toBe(tokens)
  })

  it('is counted by its text when it is one', async () => {
    await using service = await start()
    const messages = [{ role: 'user' as const, content: [textFile('word '.repeat(400))] }]
    const { usage } = await service.client.messages.stream({ ...ask(''), messages }).finalMessage()
    expect(usage.input_tokens).toBeGreaterThanOrEqual(500)
    expect(usage.input_tokens).toBeLessThan(540)
  })
})
