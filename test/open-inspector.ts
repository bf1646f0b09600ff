import type { Browser, BrowserContext } from 'playwright-core'
import { expect } from 'vitest'
import { type House, INSPECTION_TOKEN } from './build.ts'
import { nameOf, type Screen } from './playground/open-page.ts'

/** A folder for pictures of what the tests see. */
const shots = process.env.SHOTS

/** Opens the inspector's page; whatever it complains of ends the test. */
export async function openInspector(browser: Browser, house: House, screen: Screen, path = '/inspector') {
  const { width, height, touch, scheme } = screen
  const viewport = { width, height }
  const context: BrowserContext = await browser.newContext({
    viewport,
    colorScheme: scheme,
    hasTouch: touch,
    isMobile: touch,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  // Of a refusal that the page deals with the browser tells by itself.
  page.on('console', (line) => /status of 40[14]|net::ERR/.test(line.text()) || problems.push(line.text()))
  page.on(
    'request',
    (request) => request.url().startsWith(house.url) || request.url().startsWith('data:') || problems.push(request.url()),
  )
  await page.goto(house.url + path)
  return {
    page,
    problems,
    job: (id: number) => page.locator(`.job[data-key="${id}"] .job-head`),
    ids: () => page.locator('.jobs .job-name b').allTextContents(),
    async enter(token = INSPECTION_TOKEN): Promise<void> {
      await page.getByLabel('Inspection token').fill(token)
      await page.getByRole('button', { name: 'Look' }).click()
    },
    async shoot(name: string): Promise<void> {
      if (shots) await page.screenshot({ path: `${shots}/${name}-${nameOf(screen).replace(/\W+/g, '-')}.png` })
    },
    isNarrow: width < 860,
    async [Symbol.asyncDispose](): Promise<void> {
      expect(await context.cookies()).toEqual([])
      expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0)
      await context.close()
      if (problems.length > 0) throw new Error(`The page complained:\n${problems.join('\n')}`)
    },
  }
}
