import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Update } from '../../playground/bot-api/state.ts'
import { person } from '../../playground/page/person.ts'
import { desktop, findChromium, launch, openPage, phone } from './open-page.ts'

const chromium = findChromium()
const keyboard = (...texts: string[]) => ({ inline_keyboard: [texts.map((text) => ({ text, callback_data: `do:${text}` }))] })

describe.skipIf(!chromium).each([phone, desktop])('buttons and replies, at $width, $scheme', (screen) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch(chromium)
  })
  afterAll(() => browser?.close())
  const open = () => openPage(browser, screen)

  test('an edit changes text and buttons in their place; one without buttons takes them away', async () => {
    await using chat = await open()
    const { message_id } = await chat.bot('Running', { reply_markup: keyboard('Stop') })
    const row = chat.row(message_id)
    const keys = row.locator('.key')
    await keys.getByText('Stop').waitFor()
    await row.evaluate((node: { dataset: Record<string, string> }) => Object.assign(node.dataset, { seen: 'yes' }))

    await chat.call('editMessageText', { message_id, text: 'Half done', reply_markup: keyboard('Stop it', 'Show it') })
    await row.getByText(/^Half done/).waitFor()
    expect(await keys.allTextContents()).toEqual(['Stop it', 'Show it'])
    await chat.call('editMessageText', { message_id, text: 'Done' })
    await row.getByText(/^Done/).waitFor()
    expect(await keys.count()).toBe(0)
    expect(await row.getAttribute('data-seen')).toBe('yes')
    expect(await chat.page.locator('.row').count()).toBe(1)
  })

  test('buttons alone are changed and taken away without a word of an edit', async () => {
    await using chat = await open()
    const { message_id } = await chat.bot('Which?', { reply_markup: keyboard('One') })
    const row = chat.row(message_id)
    await row.locator('.key').waitFor()
    await chat.call('editMessageReplyMarkup', { message_id, reply_markup: keyboard('Two') })
    await row.locator('.key').getByText('Two').waitFor()
    await chat.call('editMessageReplyMarkup', { message_id })
    await row.locator('.key').waitFor({ state: 'detached' })
    expect(await row.locator('.meta').textContent()).toMatch(/^\d\d:\d\d$/)
  })

  test('a press arrives as a callback query with its data and its message; the answer is shown', async () => {
    await using chat = await open()
    const { message_id } = await chat.bot('Again?', { reply_markup: keyboard('Yes') })
    await chat.row(message_id).locator('.key').click()
    const [update] = await take(chat)
    expect(update?.callback_query).toMatchObject({ data: 'do:Yes', from: { id: person.id }, message: { message_id } })
    const query = update?.callback_query as { id: string } | undefined // as it was pushed
    await chat.call('answerCallbackQuery', { callback_query_id: query?.id, text: 'It begins again' })
    await chat.page.getByRole('alert').getByText('It begins again').waitFor()
  })

  test('a reply to a message of the bot carries that message; a tap on what an answer quotes leads there, while it is there', async () => {
    await using chat = await open()
    const { message_id } = await chat.bot('The verdict')
    await chat.choose(chat.row(message_id), 'Reply')
    await chat.input.fill('Why?')
    await chat.send()
    const [update] = await take(chat)
    expect(update?.message).toMatchObject({ text: 'Why?', reply_to_message: { message_id, text: 'The verdict' } })
    const asked = chat.mine()[0]?.message_id
    const answer = await chat.bot('Because.', { reply_parameters: { message_id: asked } })
    await chat
      .row(answer.message_id)
      .getByRole('button', { name: /^In reply to You: Why/ })
      .click()
    await chat.page.locator(`#m${asked}:focus`).waitFor()
    await chat
      .row(asked ?? 0)
      .getByRole('button', { name: /^In reply to Remy: The verdict/ })
      .click()
    await chat.page.locator(`#m${message_id}:focus`).waitFor()
    await chat.call('deleteMessage', { message_id })
    await chat.page.locator('.quoted', { hasText: 'The verdict' }).waitFor({ state: 'detached' })
  })
})

/** The updates that wait for the bot; where there are none, the next one. */
async function take(chat: Awaited<ReturnType<typeof openPage>>): Promise<Update[]> {
  // The cast: getUpdates gives no message.
  return (await chat.call('getUpdates', { timeout: 20 })) as unknown as Update[]
}
