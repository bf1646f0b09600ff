import { expect, test } from 'vitest'
import { parseHtml } from '../playground/bot-api/entities.ts'
import { toDocument } from '../src/telegram/format/document.ts'
import type { Formatted } from '../src/telegram/format/formatted.ts'
import { toFormatted } from '../src/telegram/format/markdown.ts'
import { type Part, plainOf, toParts } from '../src/telegram/format/parts.ts'

/** What arrives in the chat, by a parser as strict as Telegram's, with each entity's text in place of its offset. */
function arrives(markdown: string) {
  const messages = toParts(toFormatted(markdown)).map(({ html }) => parseHtml(html))
  const text = messages.map((message) => message.text).join('\n')
  const marked = messages.flatMap((message) => {
    return message.entities.map(({ offset, length, type, url, language }) => {
      return [type, message.text.slice(offset, offset + length), url ?? language].filter((field) => field !== undefined)
    })
  })
  return { text, marked }
}

/** The visible characters, each with its formats, so that a text can be compared across its seams. */
function characters({ text, entities }: Pick<ReturnType<typeof parseHtml>, 'text' | 'entities'>): [string, string][] {
  const formats = Array.from({ length: text.length }, (): string[] => [])
  for (const { type, url = '', language = '', offset, length } of entities) {
    for (const format of formats.slice(offset, offset + length)) format.push(`${type} ${url}${language}`)
  }
  const all = formats.map((format, at): [string, string] => [text.charAt(at), format.sort().join(', ')])
  return all.filter(([character]) => character.trim() !== '')
}

function merged(all: [string, string][]): [string, string][] {
  const result: [string, string][] = []
  for (const [character, format] of all) {
    const last = result.at(-1)
    if (last?.[1] === format) last[0] += character
    else result.push([character, format])
  }
  return result
}

const types = { b: 'bold', i: 'italic', s: 'strikethrough', code: 'code', pre: 'pre', a: 'text_link', blockquote: 'blockquote' }

function expectWhole(formatted: Formatted, parts: Part[], { limit = 4_096, first = 4_096 } = {}) {
  const messages = parts.map(({ html }) => parseHtml(html))
  for (const [index, { text, entities }] of messages.entries()) {
    expect(text.length).toBeGreaterThan(0)
    expect(text.length).toBeLessThanOrEqual(parts[index]?.length ?? 0)
    expect(parts[index]?.length).toBeLessThanOrEqual(index === 0 ? first : limit)
    expect(entities.length).toBeLessThanOrEqual(100)
    expect(text.isWellFormed()).toBe(true)
    expect(plainOf(parts[index]?.html ?? '').trim()).toBe(text)
  }
  const entities = formatted.entities.map(({ tag, href, language, expandable, ...place }) => {
    return {
      type: expandable ? 'expandable_blockquote' : types[tag],
      ...(href && { url: href }),
      ...(language && { language }),
      ...place,
    }
  })
  expect(merged(messages.flatMap(characters))).toEqual(merged(characters({ text: formatted.text, entities })))
}

function createRandom(seed: number) {
  let state = seed
  return (below: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

test.each([
  [
    '**bold** and __bold__',
    'bold and bold',
    [
      ['bold', 'bold'],
      ['bold', 'bold'],
    ],
  ],
  [
    '*italic* ~~struck~~',
    'italic struck',
    [
      ['italic', 'italic'],
      ['strikethrough', 'struck'],
    ],
  ],
  [
    '***both* bold**',
    'both bold',
    [
      ['bold', 'both bold'],
      ['italic', 'both'],
    ],
  ],
  [
    '# A `code` & more',
    'A code & more',
    [
      ['bold', 'A '],
      ['code', 'code'],
      ['bold', ' & more'],
    ],
  ],
  [
    '**run `npm test` now**',
    'run npm test now',
    [
      ['bold', 'run '],
      ['code', 'npm test'],
      ['bold', ' now'],
    ],
  ],
  [
    '**`x`** in [`y`](https://a.org/)',
    'x in y',
    [
      ['code', 'x'],
      ['text_link', 'y', 'https://a.org/'],
    ],
  ],
  ['`a < b && "c"`', 'a < b && "c"', [['code', 'a < b && "c"']]],
  ['```ts\nif (a < b) {\n\n  c()\n}\n```', 'if (a < b) {\n\n  c()\n}', [['pre', 'if (a < b) {\n\n  c()\n}', 'ts']]],
  ['```\n```\n\nafter', 'after', []],
  ['one\ntwo  \nthree<br>four\n\nfive', 'one\ntwo\nthree\nfour\n\nfive', []],
  ['AT&amp;T &lt;b&gt; &copy; &#128077; \\*no\\* <', 'AT&T <b> © 👍 *no* <', []],
  ['`&lt;` &amp;lt;', '&lt; &lt;', [['code', '&lt;']]],
  ['<u>raw</u> & <img src=x onerror=a()>', '<u>raw</u> & <img src=x onerror=a()>', []],
  ['<pre>\n*raw*\n\ntext', '<pre>\nraw\n\ntext', [['italic', 'raw']]],
  ['above\n\n---\n\nbelow', 'above\n\n———\n\nbelow', []],
  ['[Note]: important', '[Note]: important', []],
])('%j is shown with its formats', (markdown, text, marked) => {
  expect(arrives(markdown)).toEqual({ text, marked })
})

test.each([
  ['[a](https://e.org/?a="b"&c=<d>)', 'a', ['https://e.org/?a=%22b%22&c=%3Cd%3E']],
  ['[a](https://e.org/?a=1&amp;b=2 "title")', 'a', ['https://e.org/?a=1&b=2']],
  [
    '<https://e.org/?a=1&lt=2> and www.e.org',
    'https://e.org/?a=1&lt=2 and www.e.org',
    ['https://e.org/?a=1&lt=2', 'http://www.e.org/'],
  ],
  ['[**a**][1] [1](tg://user?id=5)\n\n[1]: https://e.org', 'a 1', ['https://e.org/', 'tg://user?id=5']],
  ['![a *cat*](https://e.org/c.png) ![](https://e.org/d)', 'a cat https://e.org/d', ['https://e.org/c.png', 'https://e.org/d']],
  ['[![logo](https://e.org/l.png)](https://e.org)', 'logo', ['https://e.org/']],
  ['[a](javascript:a) [b](JAVASCRIPT&colon;b) [c](data:c) [d](./d.md) [e](//e.org) [f](https://)', 'a b c d e f', []],
])('%j links only to where a person may be sent', (markdown, text, urls) => {
  const { text: shown, marked } = arrives(markdown)
  expect(shown).toBe(text)
  expect(marked.filter(([type]) => type === 'text_link').map(([, , url]) => url)).toEqual(urls)
})

test('lists keep their numbers, their depth and their tasks', () => {
  const markdown = '3. three\n   - deep\n     more\n     1. deeper\n4. four\n\n- [x] done\n- [ ] to do\n\n1. a\n\n   b\n2. c\n-'
  const text = '3. three\n   • deep\n   more\n      1. deeper\n4. four\n\n☑ done\n☐ to do\n\n1. a\n\n   b\n\n2. c\n\n•'.replace(
    '\n   more',
    '\n      more',
  )
  expect(toFormatted(markdown).text).toBe(text)
  const code = toFormatted('- a\n  ```\n  x\n    y\n  ```\n  b\n- > q\n  > r')
  expect(code.text).toBe('• a\nx\n  y\n   b\n•\nq\nr')
  expect(code.entities.map(({ tag, offset, length }) => [tag, code.text.slice(offset, offset + length)])).toEqual([
    ['pre', 'x\n  y'],
    ['blockquote', 'q\nr'],
  ])
})

test('quotes flatten, and a long one can be expanded', () => {
  expect(arrives('> a\n> > b\n> - **c**\n\nd')).toEqual({
    text: 'a\nb\n• c\n\nd',
    marked: [
      ['blockquote', 'a\nb\n• c'],
      ['bold', 'c'],
    ],
  })
  expect(arrives(`> ${'word '.repeat(80)}`).marked[0]?.[0]).toBe('expandable_blockquote')
  expect(arrives('> a\n'.repeat(6)).marked[0]?.[0]).toBe('expandable_blockquote')
})

test('a narrow table is aligned, a wide one becomes a record a row', () => {
  const narrow = arrives('| a | **b** |\n|---|--:|\n| 1 | 22 |\n| 日本 | 👍 |')
  expect(narrow.text).toBe('a      b\n────────\n1     22\n日本  👍')
  expect(narrow.marked).toEqual([['pre', narrow.text]])
  const wide = arrives(
    '| Name | What it is really and truly there for | |\n|---|---|---|\n| `x` | a *long* explanation of all | c |\n| **y** | | [d](https://e.org/) |',
  )
  expect(wide.text).toBe('• x — What it is really and truly there for: a long explanation of all · c\n• y — d')
  expect(wide.marked.map(([type]) => type)).toEqual(['code', 'italic', 'bold', 'text_link'])
})

const sample = [
  '## Part <n> & `code`',
  'A **bold** and *italic* [link](https://e.org/?a=1&b=2) with `code` and ~~struck~~ words. And one more sentence! 👍',
  '- one\n  - two **b**\n  - three\n- [x] four\n\n1. five\n\n   six',
  '> quoted **words**\n> > deeper\n> and more',
  '```ts\nconst a = 1 < 2 && "x"\n\n  indented()\n```',
  '| a | b |\n|---|---|\n| 1 | 2 |',
  '| a long header | another long header | b |\n|---|---|---|\n| cell | `code` | more |',
  `> ${'a long quote of many words, '.repeat(20)}`,
  '---',
  '<details>raw &amp; html</details>',
].join('\n\n')

test('a result of 50,000 characters arrives in order and whole', () => {
  const formatted = toFormatted(`${sample}\n\n`.repeat(56))
  expect(formatted.text.length).toBeGreaterThan(40_000)
  expectWhole(formatted, toParts(formatted))
  expectWhole(formatted, toParts(formatted, { first: 1_200 }), { first: 1_200 })
  const crowded = toFormatted('**a** *b* `c` '.repeat(200))
  expect(toParts(crowded).length).toBeGreaterThan(5)
  expectWhole(crowded, toParts(crowded))
})

test('any Markdown arrives whole, in parts that Telegram takes', () => {
  const marks = [
    '**',
    '*',
    '_',
    '~~',
    '`',
    '```\n',
    '\n```js\n',
    '[',
    '](https://e.org/a"b&c)',
    '![',
    '> ',
    '\n> ',
    '\n- ',
    '\n  - ',
  ]
  const blocks = [
    '\n1. ',
    '\n# ',
    '\n\n',
    '\n',
    '  \n',
    '\n|a|b|\n|-|-|\n|c|',
    '|',
    '\n---\n',
    '\n    ',
    '<b>',
    '<br>',
    '</b>',
    '<!--',
    '&lt;',
  ]
  const words = [
    'word',
    'Words. ',
    ' ',
    '👍',
    '👨‍👩‍👧',
    'é',
    '日本。',
    '&',
    '<',
    '>',
    '"',
    '\\',
    '\ud800',
    '\t',
    'x'.repeat(40),
  ]
  const pieces = [...marks, ...blocks, ...words, ...words]
  const random = createRandom(7)
  for (let round = 0; round < 600; round++) {
    const markdown = Array.from({ length: random(120) }, () => pieces[random(pieces.length)]).join('')
    const limits = { first: 20 + random(200), limit: 20 + random(300) }
    const formatted = toFormatted(markdown)
    expect(formatted.text.isWellFormed()).toBe(true)
    expectWhole(formatted, toParts(formatted, limits), { ...limits, first: Math.min(limits.first, limits.limit) })
    expect(markdown.match(/word|x{40}/gi)?.length ?? 0).toBeGreaterThanOrEqual(
      formatted.text.match(/word|x{40}/gi)?.length ?? 0,
    )
  }
})

test('plain texts are parted at paragraphs, lines, sentences and words, and use their room', () => {
  const split = (text: string, limit: number) => toParts({ text, entities: [] }, { limit }).map(({ html }) => plainOf(html))
  expect(split('', 9)).toEqual([])
  expect(split('  one  ', 9)).toEqual(['one'])
  expect(split('aaaa bbbb\n\ncccc dddd', 15)).toEqual(['aaaa bbbb', 'cccc dddd'])
  expect(split('aaaa bbbb\ncccc dddd', 15)).toEqual(['aaaa bbbb', 'cccc dddd'])
  expect(split('First one. Second one.', 15)).toEqual(['First one.', 'Second one.'])
  expect(split('aaaa bbbb cccc', 10)).toEqual(['aaaa bbbb', 'cccc'])
  expect(split('👍'.repeat(20), 15)).toEqual(['👍'.repeat(7), '👍'.repeat(7), '👍'.repeat(6)])
  expect(split('👨‍👩‍👧'.repeat(4), 20)).toEqual(['👨‍👩‍👧👨‍👩‍👧', '👨‍👩‍👧👨‍👩‍👧'])
  const random = createRandom(5)
  const pieces = ['a', 'word', ' ', '  ', '\n', '\n\n', '.', '! ', '👍', 'é', '日本。', '&<>"', '-'.repeat(20)]
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: random(200) }, () => pieces[random(pieces.length)]).join('')
    const limit = 10 + random(60)
    const parts = split(text, limit)
    expect(parts.every((part) => part.length > 0 && part.length <= limit && part.isWellFormed())).toBe(true)
    expect(/\s{3}/.test(text) || parts.slice(0, -1).every((part) => part.length >= limit / 3 - 2)).toBe(true)
    expect(parts.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''))
  }
})

test('what is open at a seam is closed and opened again, and code keeps its indentation', () => {
  const code = toParts(toFormatted('```py\nif a:\n    first()\n\n    second()\n```'), { limit: 20 })
  expect(code.map(({ html }) => html)).toEqual([
    '<pre><code class="language-py">if a:\n    first()</code></pre>',
    '<pre><code class="language-py">    second()</code></pre>',
  ])
  const bold = toParts(toFormatted('**one *two three*** [four](https://e.org/)'), { limit: 9 })
  expect(bold.map(({ html }) => html)).toEqual([
    '<b>one <i>two</i></b>',
    '<b><i>three</i></b>',
    '<a href="https://e.org/">four</a>',
  ])
  const quote = toParts(toFormatted(`> ${'word '.repeat(80)}`), { limit: 300 })
  expect(quote.map(({ html }) => html.slice(0, 24))).toEqual(['<blockquote expandable>w', '<blockquote expandable>w'])
})

test('a part ends between blocks rather than in code, and never with a heading', () => {
  const blocks = toParts(toFormatted(`${'intro '.repeat(10)}\n\n\`\`\`\na\n\nb\n\nc\n\`\`\`\n\n${'after '.repeat(10)}`), {
    limit: 64,
  })
  expect(blocks.map(({ html }) => html.slice(0, 5))).toEqual(['intro', '<pre>', 'after'])
  const headed = `${'text '.repeat(10)}\n\n# Title\n\n## Of \`it\`\n\n${'more '.repeat(10)}`
  expect(toParts(toFormatted(headed), { limit: 70 }).map(({ html }) => html.slice(0, 12))).toEqual([
    'text text te',
    '<b>Title</b>',
  ])
  const headings = toFormatted('# A\n\n'.repeat(50))
  expectWhole(headings, toParts(headings, { limit: 20 }), { limit: 20 })
})

test.each([
  ['quotes', '>'.repeat(5_000)],
  ['spaced quotes', '> '.repeat(25_000)],
  ['lazy quotes', '> - > - > - a\nb\n> > c\n'.repeat(2_000)],
  ['stars', '*'.repeat(50_000)],
  ['opened marks', '*a **b '.repeat(7_000)],
  ['nested marks', `${'*a **b '.repeat(3_000)}${'c** d*'.repeat(3_000)}`],
  ['brackets', '['.repeat(50_000)],
  ['nested links', `${'['.repeat(5_000)}a${'](b)'.repeat(5_000)}`],
  ['bullets', '- '.repeat(25_000)],
  ['deep lists', Array.from({ length: 300 }, (_, depth) => `${'  '.repeat(depth)}- x`).join('\n')],
  ['ticks', '`a``b'.repeat(10_000)],
  ['tags', '<a '.repeat(16_000)],
  ['underscores', '_**é '.repeat(10_000)],
  ['rows', `|a|b|\n|-|-|\n${'|x|y|\n'.repeat(8_000)}`],
  ['blanks', `\`\`\`\na${' '.repeat(50_000)}b\n\`\`\``],
  ['words', 'x'.repeat(50_000)],
])(
  '50,000 characters of %s come to no harm',
  (_, markdown) => {
    const render = (source: string) => {
      const startedAt = performance.now()
      const formatted = toFormatted(source)
      const page = toDocument('t', source)
      const parts = toParts(formatted)
      return { formatted, page, parts, ms: performance.now() - startedAt }
    }
    const fifth = render(markdown.slice(0, markdown.length / 5))
    const { formatted, page, parts, ms } = render(markdown)
    // Five times the length may cost 25 times as much and some noise, but does not run away.
    expect(ms / Math.max(fifth.ms, 5)).toBeLessThan(150)
    expectWhole(formatted, parts)
    expect(page).toContain('</html>')
  },
  30_000,
)

test('the document is a page for a phone, with nothing that runs and nothing from elsewhere', () => {
  const hostile = [
    '<script>alert(1)</script> <img src=x onerror=alert(1)> <a href="javascript:a">b</a>',
    '<pre><img src=x onerror=alert(1)//',
    '<code>&lt;script&gt; <svg/onload=a()',
    '[x](javascript:alert(1)) [y](javascript&colon;alert(1)) [z](&#106;avascript:alert(1))',
    '![i](https://e.org/i.png "a\\" onload=b") [q](https://e.org/"onmouseover="a)',
    '```"><script>\n</code><script>\n```',
    '<iframe src="https://e.org">\n</iframe>',
    '| <script> |\n|---|\n| <b onclick=a()> |',
    '{{title}} $& $1',
  ].join('\n\n')
  const page = toDocument('A <title> & {{body}}', hostile)
  const tags = Array.from(page.matchAll(/<[^>]*>/g), ([tag]) => tag)
  expect(tags.filter((tag) => /^<\/?(script|iframe|img|svg)|\son\w+\s*=|javascript:|\ssrc=/i.test(tag))).toEqual([])
  expect(tags.filter((tag) => tag.startsWith('<a '))).toEqual([
    '<a href="https://e.org/i.png">',
    '<a href="https://e.org/%22onmouseover=%22a">',
  ])
  expect(page.match(/<(?!\/?[a-z][a-z0-9]*(?: [a-z-]+="[^"<>]*")*>|!doctype html>)/gi)).toBeNull()
  expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">')
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
  expect(page).toContain('<title>A &lt;title&gt; &amp; {{body}}</title>')
  expect(page).toContain('{{title}} $&amp; $1')
  expect(page.match(/url\(|@import|<link/)).toBeNull()
  expect(toDocument('t', '# a\n\n- b\n\n|c|\n|-|\n|d|')).toContain('<h1>a</h1>\n<ul>\n<li>b\n</li>\n</ul>\n<table>')
})
