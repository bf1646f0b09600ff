import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { desktop, findChromium, launch, openPage } from './open-page.ts'

const chromium = findChromium()

describe.skipIf(!chromium)('what can be made to go wrong from the page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch(chromium)
  })
  afterAll(() => browser?.close())
  const find = (page: Page, name: string, pressed: boolean) => page.getByRole('button', { name, pressed })

  test('Telegram says 429 to messages, edits and files as long as it is on, and nothing else is refused', async () => {
    await using chat = await openPage(browser, desktop)
    const { message_id } = await chat.bot('Before')
    await find(chat.page, 'Telegram says 429', false).click()
    await find(chat.page, 'Telegram says 429', true).waitFor()
    const document = new File(['x'], 'x.txt', { type: 'text/plain' })
    for (const refused of [
      () => chat.bot('While'),
      () => chat.call('editMessageText', { message_id, text: 'While' }),
      () => chat.call('sendDocument', { document }),
      () => chat.bot('Still'),
    ]) {
      await expect(refused()).rejects.toThrow('Too Many Requests: retry after 3')
    }
    await chat.call('sendChatAction', { action: 'typing' })
    await find(chat.page, 'Telegram says 429', true).click()
    await find(chat.page, 'Telegram says 429', false).waitFor()
    await chat.row((await chat.bot('After')).message_id).waitFor()
  })

  test('Claude is overloaded as long as it is on; two open pages agree', async () => {
    await using chat = await openPage(browser, desktop)
    const other = await chat.context.newPage()
    await other.goto(chat.url)
    await find(other, 'Claude is overloaded', false).click()
    await find(chat.page, 'Claude is overloaded', true).waitFor()
    await chat.page.locator('#faults').getByText('Claude is overloaded').waitFor()
    expect((await ask(chat)).status).toBe(529)
    await chat.page.reload()
    await find(chat.page, 'Claude is overloaded', true).click()
    await find(other, 'Claude is overloaded', false).waitFor()
    expect((await ask(chat)).status).toBe(200)
  })

  test('with a real Claude there is no switch for him, and the server has none either', async () => {
    await using chat = await openPage(browser, desktop, { realClaude: true })
    await find(chat.page, 'Telegram says 429', false).waitFor()
    expect(await find(chat.page, 'Claude is overloaded', false).count()).toBe(0)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ name: 'claude-529', on: true })
    expect((await fetch(`${chat.url}/switch`, { method: 'POST', headers, body })).status).toBe(404)
  })
})

function ask({ claude }: Awaited<ReturnType<typeof openPage>>): Promise<Response> {
  const headers = { 'x-api-key': claude?.apiKey ?? '', 'anthropic-version': '2023-06-01', 'content-type': 'application/json' }
  const messages = [{ role: 'user', content: 'hello' }]
  const body = JSON.stringify({ model: 'claude-sonnet-5-5', max_tokens: 100, messages })
  return fetch(`${claude?.url}/v1/messages`, { method: 'POST', headers, body })
}
