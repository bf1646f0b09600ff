import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { desktop, findChromium, launch, openPage, phone } from './open-page.ts'

const chromium = findChromium()

describe.skipIf(!chromium).each([phone, desktop])('files that the person sends, at $width, $scheme', (screen) => {
  let browser: Browser
  let picture: Buffer
  beforeAll(async () => {
    browser = await launch(chromium)
    const page = await browser.newPage({ viewport: { width: 1600, height: 900 } })
    await page.setContent('<body style="background: teal">A view</body>')
    picture = await page.screenshot()
    await page.close()
  })
  afterAll(() => browser?.close())
  const open = () => openPage(browser, screen)
  const png = (name: string) => ({ name, mimeType: 'image/png', buffer: picture })

  test('a photo goes with its caption, as the JPEG that Telegram makes of it; one that was taken away does not', async () => {
    await using chat = await open()
    const chooser = chat.page.waitForEvent('filechooser')
    await chat.page.getByRole('button', { name: 'Attach' }).click()
    await chat.page.getByRole('menuitem', { name: 'Photo' }).click()
    await (await chooser).setFiles([png('a.png'), png('b.png')])
    const files = chat.page.getByRole('list', { name: 'Files to send' })
    await files.getByRole('button', { name: 'Do not send b.png' }).click()
    await chat.page.getByPlaceholder('Add a caption').fill('The view')
    await chat.send()
    const sent = await chat.api.until(() => chat.mine()[0])
    expect(sent).toMatchObject({ text: 'The view', photo: { width: 1280, height: 720 } })
    expect(sent.photo?.content.toString('hex', 0, 3)).toBe('ffd8ff')
    expect(sent.media_group).toBeUndefined()
    expect(await files.isVisible()).toBe(false)

    const shown = chat.row(sent.message_id).getByRole('button', { name: /^Picture/ })
    await shown.click()
    const large = chat.page.getByRole('dialog', { name: 'Picture' })
    await large.waitFor()
    expect(await large.locator('img').evaluate((node: { naturalWidth: number }) => node.naturalWidth)).toBe(1280)
    await chat.page.keyboard.press('Escape')
    await large.waitFor({ state: 'hidden' })
  })

  test('pictures that are let go over the page are an album, files are sent as they are, a pasted picture is a photo', async () => {
    await using chat = await open()
    const held = await chat.page.evaluateHandle((base64: string) => {
      const carried = new (globalThis as unknown as { DataTransfer: new () => Carried }).DataTransfer()
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
      for (const name of ['1.png', '2.png', '3.png']) carried.items.add(new File([bytes], name, { type: 'image/png' }))
      return carried
    }, picture.toString('base64'))
    await chat.page.dispatchEvent('#chat', 'dragenter', { dataTransfer: held })
    await chat.page.getByText('Drop it here').waitFor()
    await chat.page.dispatchEvent('#chat', 'drop', { dataTransfer: held })
    await chat.page.getByRole('button', { name: 'Do not send 3.png' }).waitFor()
    await chat.input.or(chat.page.getByPlaceholder('Add a caption')).fill('All three')
    await chat.send()
    await chat.api.until(() => chat.mine().length === 3)
    const [first] = chat.mine()
    expect(new Set(chat.mine().map(({ media_group }) => media_group)).size).toBe(1)
    expect(chat.mine().map(({ text }) => text)).toEqual(['All three', '', ''])
    const album = chat.page.locator(`#album-${first?.media_group}`)
    await album
      .getByRole('button', { name: /^Picture/ })
      .nth(2)
      .waitFor()
    expect(await chat.page.locator('.row').count()).toBe(1)

    await chat.page
      .locator('#pick-files')
      .setInputFiles([png('exact.png'), { name: 'b.txt', mimeType: 'text/plain', buffer: Buffer.from('b') }])
    await chat.page.getByRole('button', { name: 'Do not send b.txt' }).waitFor()
    await chat.send()
    await chat.api.until(() => chat.mine().length === 5)
    const [, , , exact] = chat.mine()
    expect(exact?.document).toMatchObject({ file_name: 'exact.png', mime_type: 'image/png' })
    expect(exact?.document?.content.equals(picture)).toBe(true)

    await chat.page.evaluate(copyPicture)
    await chat.input.press('Control+V')
    await chat.page.getByRole('button', { name: 'Do not send image.png' }).waitFor()
    await chat.send()
    expect((await chat.api.until(() => chat.mine()[5])).photo).toMatchObject({ width: 60, height: 40 })
  })
})

type Carried = { items: { add(file: File): void } }

const copyPicture = `(async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 60, height: 40 })
  const blob = await new Promise((done) => canvas.toBlob(done))
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })])
})()`
