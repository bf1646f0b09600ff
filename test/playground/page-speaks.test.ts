import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { desktop, findChromium, launch, openPage, phone } from './open-page.ts'

type Box = { value: string; scrollHeight: number; clientHeight: number }

const chromium = findChromium()

describe.skipIf(!chromium).each([phone, desktop])('what the person does, at $width, $scheme', (screen) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch(chromium)
  })
  afterAll(() => browser?.close())
  const open = () => openPage(browser, screen)

  test('a reply shows what it answers, above the composer and above the bubble, and leads there', async () => {
    await using chat = await open()
    const asked = await chat.bot('Lisbon or Porto? Think of the light.')
    await chat.choose(chat.row(asked.message_id), 'Reply')
    await chat.page.getByText('Reply to Remy').waitFor()
    await chat.page.getByRole('button', { name: 'Do not reply' }).click()
    await chat.choose(chat.row(asked.message_id), 'Reply')
    await chat.input.fill('Lisbon')
    await chat.send()
    const sent = await chat.api.until(() => chat.mine()[0])
    expect(sent).toMatchObject({ text: 'Lisbon', reply_to: asked.message_id })
    expect(await chat.page.getByText('Reply to Remy').isVisible()).toBe(false)
    for (let count = 0; count < 30; count += 1) chat.api.say(1001, `Line ${count}`)
    await chat.page.getByText('Line 29').waitFor()
    await chat
      .row(sent.message_id)
      .getByRole('button', { name: /^In reply to Remy: Lisbon or Porto/ })
      .click()
    await chat.page.locator(`#m${asked.message_id}.flash`).waitFor()
    await chat.page.locator(`#m${asked.message_id}:focus`).waitFor()
    await chat.page.locator('.flash').waitFor({ state: 'detached' })

    await chat
      .row(asked.message_id)
      .locator('.body')
      .evaluate((node: { firstChild: unknown }) => {
        const { getSelection } = globalThis as unknown as { getSelection(): { setBaseAndExtent(...args: unknown[]): void } }
        getSelection().setBaseAndExtent(node.firstChild, 17, node.firstChild, 35)
      })
    await chat.choose(chat.row(asked.message_id), 'Quote and reply')
    await chat.input.fill('Yes')
    await chat.send()
    const quoting = await chat.api.until(() => chat.mine().find(({ text }) => text === 'Yes'))
    expect(quoting.quote).toBe('Think of the light')
  })

  test('own messages are edited from their menu and by the up arrow, and what was being written comes back', async () => {
    await using chat = await open()
    await chat.input.fill('Helo')
    await chat.send()
    const { message_id } = await chat.api.until(() => chat.mine()[0])
    await chat.input.fill('half a thought')
    await chat.choose(chat.row(message_id), 'Edit')
    await chat.input.fill('Hello')
    await chat.send()
    await chat.api.until(() => chat.mine()[0]?.text === 'Hello')
    await chat
      .row(message_id)
      .getByText(/^edited/)
      .waitFor()
    await chat.page.getByText('Edit message').waitFor({ state: 'hidden' })
    expect(await chat.input.inputValue()).toBe('half a thought')
    await chat.input.fill('')
    await chat.input.press('ArrowUp')
    expect(await chat.input.inputValue()).toBe('Hello')
    await chat.input.press('Escape')
    expect(await chat.input.inputValue()).toBe('')
    expect(chat.mine()).toHaveLength(1)
  })

  test('a message is forwarded as a friend’s, and copied; a voice message and a sticker look like themselves', async () => {
    await using chat = await open()
    const { message_id } = await chat.bot('They <b>never</b> looked back.')
    await chat.choose(chat.row(message_id), 'Forward to Remy')
    const forwarded = await chat.api.until(() => chat.mine()[0])
    expect(forwarded).toMatchObject({ text: 'They never looked back.', forwarded_from: 'A friend' })
    await chat.row(forwarded.message_id).getByText('Forwarded from A friend').waitFor()
    await chat.choose(chat.row(message_id), 'Copy')
    await chat.page.getByText('Copied').waitFor()
    expect(await chat.page.evaluate('navigator.clipboard.readText()')).toBe('They never looked back.')
    await chat.page.getByRole('button', { name: 'Attach' }).click()
    await chat.page.getByRole('menuitem', { name: 'Send a voice message' }).click()
    await chat.page.getByRole('img', { name: 'Voice message, 4 seconds' }).waitFor()
    expect(chat.mine()[1]?.voice).toBe(true)
    await chat.page.getByRole('button', { name: 'Attach' }).press('Enter')
    await chat.page.keyboard.press('End')
    await chat.page.keyboard.press('Enter')
    await chat.page.locator('.sticker').waitFor()
    expect(chat.mine()[2]?.sticker).toBe('👍')
  })

  test('the composer grows to six lines; what is too long for one message goes as several', async () => {
    await using chat = await open()
    const height = async () => (await chat.input.boundingBox())?.height ?? 0
    const one = await height()
    await chat.input.fill('1\n2\n3\n4\n5\n6')
    const six = await height()
    expect(Math.round((six - one) / 5)).toBe(22)
    await chat.input.fill('1\n2\n3\n4\n5\n6\n7\n8\n9')
    expect(await height()).toBe(six)
    await chat.input.fill('word '.repeat(1_000))
    await chat.page.getByText('4,999 of 4,096 characters: this goes as several messages').waitFor()
    await chat.send()
    await chat.api.until(() => chat.mine().length === 2)
    expect(chat.mine().every(({ text }) => text.length <= 4096)).toBe(true)
  })

  test('commands are chosen by touch, by mouse and by the keyboard', async () => {
    await using chat = await open()
    const slash = chat.page.getByRole('button', { name: "Show the bot's commands" })
    const jobs = chat.page.getByRole('option', { name: '/jobs Your jobs' })
    await (screen.touch ? slash.tap() : slash.click())
    await (screen.touch ? jobs.tap() : jobs.click())
    expect(await chat.input.inputValue()).toBe('/jobs ')
    await chat.input.fill('/')
    await chat.input.press('ArrowDown')
    expect(await jobs.getAttribute('aria-selected')).toBe('true')
    expect(await chat.input.getAttribute('aria-activedescendant')).toBe(await jobs.getAttribute('id'))
    await chat.input.press('Enter')
    expect(await chat.input.evaluate((node: Box) => node.value)).toBe('/jobs ')
    await chat.input.press(screen.touch ? 'Control+Enter' : 'Enter')
    await chat.api.until(() => chat.mine()[0]?.text === '/jobs')
    await chat.input.press('a')
    await chat.input.press('Enter')
    if (screen.touch) expect(await chat.input.inputValue()).toBe('a\n')
    else expect((await chat.api.until(() => chat.mine()[1])).text).toBe('a')
  })

  test('ticks tell what the service has taken; the button kills and restarts it', async () => {
    await using chat = await open()
    await chat.page.getByRole('button', { name: 'is my board done yet?' }).click()
    await chat.page.getByRole('img', { name: 'sent, not yet taken by the service' }).waitFor()
    const { url, close } = await takeAll()
    chat.api.target({ url })
    await chat.page.getByRole('img', { name: 'taken by the service', exact: true }).waitFor()
    await close()
    const restarted = chat.page.waitForResponse((response) => response.url().endsWith('/restart'))
    await chat.page.getByRole('button', { name: 'kill -9 and restart' }).click()
    await restarted
    expect(chat.restarts).toHaveLength(1)
  })
})

/** A webhook that takes whatever comes. */
async function takeAll(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return { url: `http://127.0.0.1:${port}`, close: async () => void server.close() }
}
