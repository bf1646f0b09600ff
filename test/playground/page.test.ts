import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { desktop, findChromium, launch, openPage, phone } from './open-page.ts'

type Box = { dataset: Record<string, string>; scrollTop: number; scrollHeight: number; clientHeight: number }

const chromium = findChromium()
const lines = (count: number) => Array.from({ length: count }, (_, index) => `Line ${index + 1} of the quote`).join('\n')

describe.skipIf(!chromium).each([phone, desktop])('what the bot writes, at $width, $scheme', (screen) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch(chromium)
  })
  afterAll(() => browser?.close())
  const open = (options?: Parameters<typeof openPage>[2]) => openPage(browser, screen, options)

  test('a draft is written out in its place and becomes the message without a jump', async () => {
    await using chat = await open()
    const draft = chat.page.locator('.draft')
    chat.api.say(1001, 'And?')
    await chat.bot('Let me see.')
    await chat.draft('')
    await draft.getByText('Thinking…').waitFor()
    await chat.draft('So <b>far</b>')
    await draft.getByText('So far').waitFor()
    await draft.evaluate((node: Box) => Object.assign(node.dataset, { seen: 'yes' }))
    await chat.draft('So <b>far</b>, so good: three months there')
    await draft.getByText('three months there').waitFor()
    const before = await draft.locator('.body').boundingBox()

    const { message_id } = await chat.bot('So <b>far</b>, so good: three months there')
    const row = chat.row(message_id)
    await row.waitFor()
    expect(await row.getAttribute('data-seen')).toBe('yes')
    expect(await chat.page.locator('.draft').count()).toBe(0)
    expect((await row.locator('.body').boundingBox())?.y).toBeCloseTo(before?.y ?? -1, 0)
    await chat.call('editMessageText', { message_id, text: 'Changed' })
    await row.getByText(/^Changed/).waitFor()
    expect(await row.locator('.meta').textContent()).toMatch(/^edited /)
    expect(await row.getAttribute('data-seen')).toBe('yes')
  })

  test('a draft that is on its way is there after a reload, and goes when it comes to nothing', async () => {
    await using chat = await open()
    await chat.draft('On its way')
    await chat.page.locator('.draft').getByText('On its way').waitFor()
    await chat.page.reload()
    await chat.page.locator('.draft').getByText('On its way').waitFor()
    chat.api.events.emit('draftEnd', { chat_id: 1001, draft_id: 5, why: 'expired' })
    await chat.page.locator('.draft').waitFor({ state: 'detached' })
  })

  test('entities nest as they were meant, and text is never markup', async () => {
    await using chat = await open()
    const { message_id } = await chat.bot(
      '<b>bold <i>both <u>all</u></i></b> <s>gone</s> <code>a&lt;b</code> &lt;img src=x onerror=alert(1)&gt; <a href="https://example.org/x">a link</a> <tg-spoiler>a <b>secret</b></tg-spoiler>\n<pre><code class="language-python">print("a very long line that has no place in a bubble on a phone, nor on a desktop")</code></pre>\nשלום',
    )
    const row = chat.row(message_id)
    await row.waitFor()
    expect(await row.locator('b i u').textContent()).toBe('all')
    expect(await row.locator('b').first().textContent()).toBe('bold both all')
    expect(await row.locator('.body > code').textContent()).toBe('a<b')
    expect(await row.locator('img').count()).toBe(0)
    const link = row.getByRole('link', { name: 'a link' })
    expect(await link.getAttribute('href')).toBe('https://example.org/x')
    expect(await link.getAttribute('rel')).toContain('noopener')
    expect(await row.locator('.head span').textContent()).toBe('python')
    const hidden = await row
      .locator('pre')
      .evaluate((node: { scrollWidth: number; clientWidth: number }) => node.scrollWidth - node.clientWidth)
    expect(hidden).toBeGreaterThan(0)
    await row.getByRole('button', { name: 'Hidden text: show it' }).press('Enter')
    await row.locator('.spoiler:not(.closed) b').getByText('secret').waitFor()
    await row.getByRole('button', { name: 'Copy the code' }).click()
    await chat.page.getByText('Copied').waitFor()
  })

  test('a long quote opens by a tap and by the keyboard, and stays open when its message is edited', async () => {
    await using chat = await open()
    const quote = `<blockquote expandable>${lines(9)}</blockquote>\n<blockquote expandable>short</blockquote>`
    const { message_id } = await chat.bot(quote)
    const first = chat.row(message_id).locator('blockquote').first()
    const shown = () => first.locator('.fold').evaluate((node: Box) => node.clientHeight / node.scrollHeight)
    const toggle = first.getByRole('button')
    await toggle.waitFor()
    expect(await shown()).toBeCloseTo(1 / 3, 1)
    expect(await chat.row(message_id).locator('.toggle:visible').count()).toBe(1)

    await first.getByText('Line 1').click({ position: { x: 5, y: 5 } })
    await first.locator('.toggle[aria-expanded="true"]').waitFor()
    expect(await shown()).toBe(1)
    await chat.call('editMessageText', { message_id, parse_mode: 'HTML', text: `${quote}\nand more` })
    await chat.row(message_id).getByText('and more').waitFor()
    expect(await shown()).toBe(1)
    await toggle.press('Enter')
    await first.locator('.toggle[aria-expanded="false"]').waitFor()
    expect(await shown()).toBeLessThan(0.5)
  })

  test('a document opens in a tab of its own, where it can do nothing', async () => {
    await using chat = await open()
    const html = '<h1>The board</h1><p>says yes</p><script>document.querySelector("h1").textContent = "harm"</script>'
    const file = new File([html], 'Board 1.html', { type: 'text/html' })
    await chat.call('sendDocument', { document: file, caption: 'All of it' })
    const link = chat.page.getByRole('link', { name: /Board 1\.html/ })
    const opened = chat.page.waitForEvent('popup')
    await link.click()
    const tab = await opened
    await tab.getByText('says yes').waitFor()
    expect(await tab.locator('h1').textContent()).toBe('The board')
    const { headers, status } = await fetch(chat.url + (await link.getAttribute('href')))
    expect([status, headers.get('x-content-type-options')]).toEqual([200, 'nosniff'])
    expect(headers.get('content-security-policy')).toMatch(/^sandbox [^;]*; default-src 'none'/)
    expect((await fetch(`${chat.url}/file/none`)).status).toBe(404)
    const odd = new File(['MZ'], 'tool.exe', { type: 'application/x-msdownload' })
    await chat.call('sendDocument', { document: odd })
    const saved = chat.page.waitForEvent('download')
    await chat.page.getByRole('link', { name: /tool\.exe/ }).click()
    expect((await saved).suggestedFilename()).toBe('tool.exe')
  })

  test('what comes without a sound has a crossed bell and is not counted in the title', async () => {
    await using chat = await open()
    await chat.page.evaluate('Object.defineProperty(document, "hidden", { get: () => !globalThis.looks, configurable: true })')
    const quiet = await chat.bot('quietly', { disable_notification: true })
    await chat.row(quiet.message_id).getByRole('img', { name: 'came without a sound' }).waitFor()
    expect(await chat.page.title()).toBe('Remy playground')
    const loud = await chat.bot('aloud')
    await chat.row(loud.message_id).waitFor()
    expect(await chat.row(loud.message_id).getByRole('img').count()).toBe(0)
    expect(await chat.page.title()).toBe('(1) Remy playground')
    expect(await chat.page.locator('#announce').textContent()).toBe('Remy: aloud')
    await chat.page.evaluate('globalThis.looks = true; document.dispatchEvent(new Event("visibilitychange"))')
    expect(await chat.page.title()).toBe('Remy playground')
  })

  test('who reads further up stays there; of 500 messages none is made anew for one more', async () => {
    await using chat = await open({
      before(api) {
        for (let count = 1; count <= 500; count += 1) api.say(1001, `Message ${count}`)
      },
    })
    const list = chat.page.locator('#chat')
    const down = chat.page.getByRole('button', { name: /^Jump to the newest/ })
    await chat.row(500).waitFor()
    expect(await list.evaluate((node: Box) => node.scrollHeight - node.clientHeight - node.scrollTop)).toBeLessThan(2)
    await chat.page.evaluate('for (const row of document.querySelectorAll(".row")) row.seen = true')
    await chat.row(480).scrollIntoViewIfNeeded()
    await list.evaluate((node: Box) => {
      node.scrollTop -= 2_000
    })
    await down.waitFor()
    const top = await list.evaluate((node: Box) => node.scrollTop)
    const { message_id } = await chat.bot('One more')
    await chat.row(message_id).waitFor()
    expect(await list.evaluate((node: Box) => node.scrollTop)).toBe(top)
    expect(await down.getAttribute('aria-label')).toContain('1 new')
    expect(await chat.page.evaluate('[...document.querySelectorAll(".row")].filter((row) => !row.seen).length')).toBe(1)
    await down.click()
    await down.waitFor({ state: 'hidden' })
    await chat.bot('And another')
    await list.getByText('And another').waitFor()
    expect(await list.evaluate((node: Box) => node.scrollHeight - node.clientHeight - node.scrollTop)).toBeLessThan(2)
  })
})
