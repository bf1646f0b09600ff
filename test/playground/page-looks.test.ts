import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { desktop, findChromium, launch, openPage, phone, screens } from './open-page.ts'
import { doneJob, failedJob, runningJob, sampleDelivery, sampleJob } from './sample-jobs.ts'

type Wide = { scrollWidth: number; clientWidth: number }
type Layers = { what: string; text: string; under: string[] }

const chromium = findChromium()
const long = 'Donaudampfschifffahrtsgesellschaft'.repeat(6)
const everything = [
  `<b>${long}</b> <code>${long}</code> https://example.org/${long}`,
  '<blockquote expandable>One\nTwo\nThree\nFour\nFive</blockquote>',
  `<pre>${'wide '.repeat(60)}</pre>`,
  '<pre><code class="language-sql">select 1</code></pre>',
  'See <a href="https://example.org">this</a> or /jobs, <code>code</code>',
].join('\n')
const keys = [[{ text: 'Again', callback_data: 'a' }], [{ text: 'Read', url: 'https://example.org/' }]]
const readable = [
  [
    '.body',
    '.body a',
    '.body .command',
    '.body code',
    '.head span',
    '.head button',
    '.meta',
    '.quoted b',
    '.quoted-text',
    '.from',
  ],
  [
    '.file-name',
    '.file-size',
    '.sign',
    '.key',
    '.day',
    '.note',
    '.chips button',
    '#state',
    '#kill',
    '#show-log',
    'h1',
    '#subtitle',
  ],
  ['.commands b', '.commands span', '#target-title', '#target-text', '.popup button', '.hint'],
  ['#faults', '.turn', 'h2', '#side-state', '.switch b', '.switch span', '.job-name', '.state-chip', '.job-stage', '.took'],
  ['.job-line', '.job-topic', '.job-facts', 'h3', '.moment time', '.moment b', '.step-name', '.now', '.titled summary'],
  ['.delivery-name', '.delivery-facts', '.delivery-error', '.columns dt', '.columns dd', '.unfolded'],
].flat()

const deliveries = [
  sampleDelivery(1, { state: 'sent', attempts: 1, message_id: 8, sent_at: '2026-01-02T03:04:01Z' }),
  sampleDelivery(2, { attempts: 3, next_attempt_at: '2026-01-02T03:04:30Z', error: long }),
  sampleDelivery(3, { state: 'failed' }),
  sampleDelivery(4, { state: 'dropped' }),
]
const usage = { input_tokens: 12_345, output_tokens: 678, cost_usd: 0.0123 }
const jobs = [
  runningJob(4, { deliveries, usage, input_text: long, stage: long, result_text: long, boot_id: long }),
  failedJob(3, { input_text: long }),
  doneJob(2),
  sampleJob(1),
]

describe.skipIf(!chromium).each([...screens])('how the page looks, at $width, $scheme', (screen) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch(chromium)
  })
  afterAll(() => browser?.close())

  test('nothing makes it wider than the screen, and all text stands out against its ground', async () => {
    await using chat = await openPage(browser, screen, { jobs })
    await fill(chat)
    for (const width of screen.touch ? [360, 390, 430] : [1280, 1920]) {
      await chat.page.setViewportSize({ width, height: screen.height })
      for (const box of ['html', '#chat', '#form']) {
        const spare = await chat.page.locator(box).evaluate((node: Wide) => node.clientWidth - node.scrollWidth)
        expect.soft(spare, `${box} at ${width}`).toBeGreaterThanOrEqual(0)
      }
      await turn(chat.page, true)
      for (const box of ['.side-scroll', '.job-view', '.switches']) {
        const spare = await chat.page.locator(box).evaluate((node: Wide) => node.clientWidth - node.scrollWidth)
        expect.soft(spare, `${box} at ${width}`).toBeGreaterThanOrEqual(0)
      }
      await turn(chat.page, false)
      const bubbles = await chat.page
        .locator('.body')
        .evaluateAll((nodes: Wide[]) => nodes.map((node) => node.scrollWidth - node.clientWidth))
      // By this much the time stands nearer to the bubble's edge than its text.
      expect.soft(Math.max(...bubbles), `a text at ${width}`).toBeLessThanOrEqual(3)
    }
    const faint = (await layersOf(chat.page)).map(({ what, ...layers }) => ({ what, contrast: contrastOf(layers) }))
    expect(faint.map(({ what }) => what).filter((what, at, all) => all.indexOf(what) === at)).toEqual(readable)
    expect(faint.filter(({ contrast }) => contrast < 4.5)).toEqual([])
  })
})

describe.skipIf(!chromium)('how the page is used without a mouse', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch(chromium)
  })
  afterAll(() => browser?.close())

  test('the Tab key goes from the service over the newest message to the composer; the arrows go through the messages', async () => {
    await using chat = await openPage(browser, desktop)
    for (const text of ['first', 'second', 'third']) await chat.bot(text)
    await chat.row(3).waitFor()
    await chat.input.evaluate((node: { blur(): void }) => node.blur())
    await chat.page.evaluate('document.body.tabIndex = -1, document.body.focus()')
    const stops: string[] = []
    while (stops.at(-1) !== 'send' && stops.length < 20) {
      await chat.page.keyboard.press('Tab')
      stops.push(String(await chat.page.evaluate('document.activeElement.id || document.activeElement.textContent')))
    }
    expect(stops.slice(0, 3)).toEqual(['show-log', 'kill', 'm3'])
    expect(stops.slice(3, -4)).toEqual([
      '/board Should I move to Lisbon?',
      'is my board done yet?',
      'what did the board say?',
      '/jobs',
      '/help',
    ])
    expect(stops.slice(-4)).toEqual(['attach', 'slash', 'input', 'send'])

    await chat.row(3).press('ArrowUp')
    await chat.row(2).press('Enter')
    await chat.page.keyboard.press('ArrowDown')
    expect(await chat.page.evaluate('document.activeElement.textContent')).toBe('Copy')
    await chat.page.keyboard.press('Escape')
    expect(await chat.page.evaluate('document.activeElement.id')).toBe('m2')
    expect(await chat.row(2).getAttribute('aria-label')).toMatch(/^Remy, \d\d:\d\d$/)
  })

  test('who wants no motion sees none', async () => {
    await using chat = await openPage(browser, phone, { calm: true })
    const { message_id } = await chat.bot('Hello')
    await chat.row(message_id).waitFor()
    await chat.draft('All of it at once')
    await chat.page.locator('.draft').getByText('All of it at once').waitFor()
    expect(await chat.page.evaluate('document.getAnimations().length')).toBe(0)
  })
})

/** Whether a narrow screen shows what is behind the chat. */
const turn = (page: Page, side: boolean) => page.evaluate(`document.querySelector('#app').classList.toggle('at-side', ${side})`)

/** One of everything that has a colour. */
async function fill(chat: Awaited<ReturnType<typeof openPage>>): Promise<void> {
  const { message_id } = await chat.bot(everything, { reply_markup: { inline_keyboard: keys } })
  await chat.call('sendDocument', { document: new File(['x'], `${long}.html`, { type: 'text/html' }), caption: 'A caption' })
  for (const name of ['Telegram says 429', 'Claude is overloaded']) {
    await chat.page.locator('.switch', { hasText: name }).dispatchEvent('click')
    await chat.page.locator('.switch[aria-pressed="true"]', { hasText: name }).waitFor({ state: 'attached' })
  }
  await chat.page.locator('.moment').first().waitFor({ state: 'attached' })
  await chat.page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true')
  chat.api.say(1001, `Mine: /jobs https://example.org ${long}`, { reply_to_message: { message_id } })
  chat.api.forward(1001, 'Passed on', { from: 'A friend' })
  chat.api.sendDocument(1001, { bytes: Buffer.from('x'), name: 'mine.txt' })
  await chat.page.getByRole('link', { name: /mine\.txt/ }).waitFor()
  await chat.choose(chat.row(message_id), 'Reply')
  await chat.input.fill('word '.repeat(1_000))
  await chat.page.getByText('this goes as several messages').waitFor()
  await chat.input.fill('/')
  await chat.page.getByRole('option').first().waitFor()
  await chat.page.evaluate('document.querySelector(".chips").hidden = false, document.querySelector("#hint").hidden = false')
  await chat.page.getByRole('button', { name: 'Attach' }).click()
}

/** Of every text, its colour and those of what lies under it, from the top down. */
function layersOf(page: Page): Promise<Layers[]> {
  const script = `${JSON.stringify(readable)}.flatMap((what) => [...document.querySelectorAll(what)].map((node) => {
    const under = []
    for (let each = node; each; each = each.parentElement) under.push(getComputedStyle(each).backgroundColor)
    return { what, text: getComputedStyle(node).color, under }
  }))`
  return page.evaluate(script)
}

function contrastOf({ text, under }: Omit<Layers, 'what'>): number {
  const ground = under.map(parse).reduceRight(over, [255, 255, 255, 1])
  const [a = 0, b = 0] = [luminance(over(ground, parse(text))), luminance(ground)].sort((one, other) => other - one)
  return (a + 0.05) / (b + 0.05)
}

function parse(colour: string): number[] {
  const [r = 0, g = 0, b = 0, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number)
  const scale = colour.startsWith('color(') ? 255 : 1
  return [r * scale, g * scale, b * scale, alpha]
}

function over(ground: number[], [r = 0, g = 0, b = 0, alpha = 1]: number[]): number[] {
  return [r, g, b].map((part, at) => part * alpha + (ground[at] ?? 0) * (1 - alpha))
}

function luminance(colour: number[]): number {
  const [r = 0, g = 0, b = 0] = colour.map((part) => (part <= 10.31475 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
