import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ada, ben, build, type House } from './build.ts'
import { initDataOf } from './inspector-house.ts'
import { openInspector } from './open-inspector.ts'
import { findChromium, launch, phone } from './playground/open-page.ts'

const chromium = findChromium()

describe.skipIf(!chromium)('the inspector inside Telegram', () => {
  let browser: Browser
  let house: House
  beforeAll(async () => {
    browser = await launch(chromium)
    house = await build()
    for (const [at, person] of [ada, ben].entries()) {
      house.telegram.say(person, '/board Should I move?')
      await house.until(() => house.job(at + 1)?.completed_at)
    }
  })
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]()
    await browser?.close()
  })

  const open = (path: string) => openInspector(browser, house, phone, path)

  test('it knows its person, takes its theme, and shows that person’s jobs alone', async () => {
    const theme = encodeURIComponent(JSON.stringify({ bg_color: '#17212b' }))
    const hash = (data: string) => `#tgWebAppData=${encodeURIComponent(data)}&tgWebAppVersion=8.0&tgWebAppThemeParams=${theme}`
    {
      await using view = await open(`/inspector?job=2${hash(initDataOf(house, { user: JSON.stringify(ben) }))}`)
      await view.page.locator('.reading p').first().waitFor()
      expect(await view.page.getByLabel('Inspection token').isVisible()).toBe(false)
      expect(await view.page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(23, 33, 43)')
      await view.shoot('telegram')
      await view.page.getByRole('button', { name: '‹ Jobs' }).click()
      await expect.poll(view.ids).toEqual(['#2'])
    }
    {
      await using view = await open(`/inspector?job=1${hash(initDataOf(house, { user: JSON.stringify(ben) }))}`)
      await view.page.getByText('There is no job #1 here.').waitFor()
      await view.page.route('**/inspector/jobs*', (route) => route.fulfill({ status: 401, body: '{}' }))
      await view.page.getByText('The hour for which Telegram vouched for you is over.').waitFor()
      expect(await view.page.getByLabel('Inspection token').isVisible()).toBe(false)
      await view.shoot('hour')
    }
    await using view = await open(`/inspector${hash(initDataOf(house, {}, 'another:token'))}`)
    await view.page.getByText('Close this and open it again.').waitFor()
    expect(await view.page.getByLabel('Inspection token').isVisible()).toBe(false)
  })

  test('Telegram’s own way back leads to the list, and a swipe closes nothing', async () => {
    await using view = await open('/inspector/styles/base.css')
    await view.page.addInitScript(
      'window.told = []; window.TelegramWebviewProxy = { postEvent: (name, data) => told.push([name, JSON.parse(data)]) }',
    )
    await view.page.goto(`${house.url}/inspector?job=1#tgWebAppData=${encodeURIComponent(initDataOf(house))}`)
    await view.page.locator('.reading p').first().waitFor()
    const told = (name: string) =>
      view.page.evaluate<unknown[]>(`told.filter(([name]) => name === '${name}').map(([, data]) => data)`)
    expect(await told('web_app_ready')).toEqual([{}])
    expect(await told('web_app_setup_swipe_behavior')).toEqual([{ allow_vertical_swipe: false }])
    expect(await told('web_app_setup_back_button')).toEqual([{ is_visible: true }])
    await view.page.evaluate("Telegram.WebView.receiveEvent('back_button_pressed', null)")
    await view.job(1).waitFor()
    expect(await told('web_app_setup_back_button')).toEqual([{ is_visible: true }, { is_visible: false }])
    await view.page.reload()
    await view.job(1).waitFor()
  })
})
