import { expect, test } from 'vitest'
import { desktop, findChromium, launch } from './open-page.ts'
import { openPlayground } from './open-playground.ts'

const chromium = findChromium()

test.skipIf(!chromium)(
  'in a browser, with the real service: an answer, a board, a kill in the middle of it, and all of it in the registry',
  async () => {
    await using playground = await openPlayground()
    const browser = await launch(chromium)
    await using cleanup = new AsyncDisposableStack()
    cleanup.defer(() => browser.close())
    const page = await browser.newPage({ viewport: desktop })
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (line) => problems.push(line.text()))
    await page.goto(playground.url)
    const theirs = page.locator('.row:not(.mine, .draft)')
    const say = async (text: string) => {
      await page.getByRole('textbox', { name: 'Message' }).fill(text)
      await page.getByRole('button', { name: 'Send', exact: true }).click()
    }

    await page.getByText(/^Running/).waitFor()
    await say('hello')
    await theirs.getByText(/^Hello!/).waitFor()
    await page.locator('.row.mine').getByRole('img', { name: 'taken by the service', exact: true }).waitFor()
    await say('/board Should we get a dog?')
    await theirs.getByText(/^Started #1\b/).waitFor()
    const job = page.locator('.job[data-key="1"]')
    await job.locator('.job-head', { hasText: 'running' }).waitFor()
    await job.locator('.moment[data-kind="running"]').waitFor()
    await job.locator('.delivery', { hasText: 'acknowledgement' }).getByText('sent').waitFor()
    await page.getByRole('button', { name: 'kill -9 and restart' }).click()
    await page.getByText(/boot 2$/).waitFor()
    await theirs.getByText(/interrupted by restart/).waitFor()
    await job.locator('.job-head', { hasText: 'failed' }).waitFor()
    await job.locator('.job-result').getByText('interrupted by restart').waitFor()
    await page.locator('#side').getByText('live', { exact: true }).waitFor()
    expect(await page.locator('.draft').count()).toBe(0)
    expect(problems).toEqual([])
  },
)
