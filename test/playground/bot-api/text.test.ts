import { expect, test } from 'vitest'
import { createBotApi } from '../../../playground/bot-api/server.ts'
import { call, html, refusal } from './call.ts'

test('text is empty, blank, too long or just fits, counted in UTF-16 units after entities', async () => {
  await using api = await createBotApi()
  expect(await refusal(api, 'sendMessage', { chat_id: 41, text: '' })).toBe('Bad Request: message text is empty')
  expect(await refusal(api, 'sendMessage', html('<b> </b>'))).toBe('Bad Request: text must be non-empty')
  expect(await refusal(api, 'sendMessage', html(`<b>${'&lt;'.repeat(4096)}</b>`))).toBeUndefined()
  expect(await refusal(api, 'sendMessage', html('😀'.repeat(2049)))).toBe('Bad Request: message is too long')
  expect(api.sent(41)).toHaveLength(1)
})

test.each([
  ['<b>open', 'Can\'t find end tag corresponding to start tag "b"'],
  ['<b><i>x</b></i>', 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
  ['x</b>', 'Unexpected end tag at byte offset 1'],
  ['<p>x</p>', 'Unsupported start tag "p" at byte offset 0'],
  ['é <h1>x</h1>', 'Unsupported start tag "h1" at byte offset 3'],
  ['1 < 2', 'Unsupported start tag "" at byte offset 2'],
  ['x <b', 'Unclosed start tag at byte offset 2'],
  ['<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
  ['<blockquote>a<b><blockquote expandable>b', 'Tag "blockquote" can\'t be nested at byte offset 16'],
])('broken HTML is refused: %s', async (text, reason) => {
  await using api = await createBotApi()
  expect(await refusal(api, 'sendMessage', html(text))).toBe(`Bad Request: can't parse entities: ${reason}`)
})

test('HTML becomes text and entities as Telegram gives them', async () => {
  await using api = await createBotApi()
  const text =
    ' <b>A <i>b</i></b> &amp; &#65;&#x42; &nope; R&D 😀<a href="https://a.example/?x=1&amp;y">l</a>' +
    '<blockquote expandable>q</blockquote><pre><code class="language-ts">1</code></pre><tg-spoiler>s</tg-spoiler>'
  await call(api, 'sendMessage', html(text))
  const [message] = api.sent(41)
  expect(message?.text).toBe('A b & AB &nope; R&D 😀lq1s')
  expect(message?.raw).toBe(text)
  expect(message?.entities).toEqual([
    { type: 'bold', offset: 0, length: 3 },
    { type: 'italic', offset: 2, length: 1 },
    { type: 'text_link', offset: 22, length: 1, url: 'https://a.example/?x=1&y' },
    { type: 'expandable_blockquote', offset: 23, length: 1 },
    { type: 'pre', offset: 24, length: 1, language: 'ts' },
    { type: 'spoiler', offset: 25, length: 1 },
  ])
})

test('two blockquotes may follow each other', async () => {
  await using api = await createBotApi()
  await call(api, 'sendMessage', html('<blockquote>a</blockquote>\n<blockquote expandable><b>b</b></blockquote>'))
  expect(api.sent(41)[0]?.entities.map(({ type }) => type)).toEqual(['blockquote', 'expandable_blockquote', 'bold'])
})

test('of more than 100 entities the later ones are dropped without a word', async () => {
  await using api = await createBotApi()
  await call(api, 'sendMessage', html('<b>x</b> '.repeat(103)))
  await call(api, 'sendMessage', html('<b>x</b> '.repeat(100)))
  expect(api.sent(41).map(({ entities, entitiesDropped }) => [entities.length, entitiesDropped])).toEqual([
    [100, 3],
    [100, 0],
  ])
  expect(api.sent(41)[0]?.entities.at(-1)).toEqual({ type: 'bold', offset: 198, length: 1 })
})
