import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ada, ben, build, type House, INSPECTION_TOKEN } from './build.ts'
import { openInspector } from './open-inspector.ts'
import { desktop, findChromium, launch, phone, type Screen, screens } from './playground/open-page.ts'

const chromium = findChromium()
const isCritic = (request: { system?: unknown }) => JSON.stringify(request.system).includes('Role: Critic')

const hostile = [
  '# Move in **May**',
  '<script>document.title = 1</script><img src=x onerror="document.title = 2"><style>* { display: none }</style>',
  '[harmless](javascript:document.title=3) [a source](https://example.org/a?b=1&c=2) ![a picture](https://example.org/p.png)',
  '| what | cost | and a column that is rather long for the width of a phone |\n|---|---:|---|\n| a flat | 900 | with a view of the river and of both bridges |',
  '1. Look in February.\n2. Sign in March.\n   - with a lawyer\n\n> It is cheaper in winter.\n\n```sh\nfind flats --city Lisbon --with-a-very-long-option --and-another-one-behind-it\n```',
  'A paragraph of some length, so that it can be seen how it is to read on a phone. '.repeat(6),
].join('\n\n')

describe.skipIf(!chromium)('the inspector in a browser', () => {
  let browser: Browser
  let house: House
  beforeAll(async () => {
    browser = await launch(chromium)
    house = await build()
    house.claude.when((request) => isCritic(request) && JSON.stringify(request).includes('a slow one'), {
      fault: { kind: 'pings-only', everyMs: 50 },
    })
    house.claude.when(isCritic, { text: hostile })
    await ask(ada, '/board Should I move to Lisbon?')
    await ask(ben, '/board Is Porto any better?')
    await ask(ada, '/research Night trains in Europe')
  })
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]()
    await browser?.close()
  })

  async function ask(person: typeof ada, text: string): Promise<void> {
    const { length } = house.rows('SELECT 1 FROM background_jobs')
    house.telegram.say(person, text)
    await house.until(() => house.job(length + 1)?.completed_at)
  }

  const open = (screen: Screen, path?: string) => openInspector(browser, house, screen, path)

  test.each(screens)('list, search, and a result to read, at $width, $scheme', async (screen) => {
    await using view = await open(screen)
    const { page } = view
    await view.shoot('door')
    await view.enter('a wrong token')
    await page.getByText('That is not the inspection token.').waitFor()
    await view.enter()
    await page.locator('.list').getByText('live', { exact: true }).waitFor()
    expect(await view.ids()).toEqual(['#3', '#2', '#1'])
    await view.shoot('list')

    await page.getByRole('searchbox').fill('porto')
    await expect.poll(view.ids).toEqual(['#2'])
    await page.getByRole('searchbox').fill('zeppelin')
    await page.getByText('Nothing found.').waitFor()
    await page.getByRole('searchbox').fill('')
    await page.getByLabel('Kind').selectOption('research')
    await expect.poll(view.ids).toEqual(['#3'])
    await page.getByLabel('Kind').selectOption('')
    await page.getByLabel('State').selectOption('failed')
    await page.getByText('Nothing found.').waitFor()
    await page.getByLabel('State').selectOption('')
    await expect.poll(view.ids).toEqual(['#3', '#2', '#1'])

    await view.job(1).click()
    const reading = page.locator('.reading')
    await reading.locator('h1', { hasText: 'Move in May' }).waitFor()
    expect(page.url()).toContain('?job=1')
    expect(await page.locator('.timeline .step-name').allTextContents()).toContain('Critic')
    expect(await page.locator('.deliveries .delivery').count()).toBeGreaterThan(1)
    expect(await page.title()).toBe('#1 board · Remy’s jobs')
    await view.shoot('job')
    await page.locator('.reading table').first().scrollIntoViewIfNeeded()
    await view.shoot('job-middle')
    await page.locator('.timeline').scrollIntoViewIfNeeded()
    await page.locator('.deliveries').scrollIntoViewIfNeeded()
    await view.shoot('job-end')
    // Nothing is wider than the screen.
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect(
      await page.evaluate("(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.getElementById('opened'))"),
    ).toBe(true)

    expect(await page.locator('.list').isVisible()).toBe(!view.isNarrow)
    if (view.isNarrow) await page.getByRole('button', { name: '‹ Jobs' }).click()
    else await page.goBack()
    await view.job(1).waitFor()
    expect(new URL(page.url()).search).toBe('')
  })

  test('a hostile result is text: it runs, loads and styles nothing, and links lead to the web alone', async () => {
    await using view = await open(phone, '/inspector?job=1')
    await view.enter()
    const reading = view.page.locator('.reading')
    await reading.getByText('<script>document.title = 1</script>').waitFor()
    expect(await view.page.title()).toBe('#1 board · Remy’s jobs')
    expect(await reading.locator('script, img, style, iframe').count()).toBe(0)
    const links = await reading
      .locator('a')
      .evaluateAll((nodes: { href: string; rel: string }[]) => nodes.map(({ href, rel }) => [href, rel]))
    const safe = 'noopener noreferrer'
    expect(links.slice(0, 2)).toEqual([
      ['https://example.org/a?b=1&c=2', safe],
      ['https://example.org/p.png', safe],
    ])
    expect(await reading.locator('ol > li > ul > li').textContent()).toMatch(/^with a lawyer\s*$/)

    // And so it would be if the server let something through.
    const harm = `<p onclick="x()" style="color:red" id="door">a<img src=x onerror="document.title=4"><script>document.title=5</script></p>
      <a href="javascript:document.title=6">b</a><a href=" JAVA\\nSCRIPT:1">c</a><svg onload="document.title=7"><a href="data:text/html,x">d</a></svg>
      <form action="https://evil.example"><input name=a><button>e</button></form><iframe srcdoc="<script>1</script>"></iframe><base href="https://evil.example/">`
    const made = await view.page.evaluate(`(async () => {
      const { nodesOf } = await import('/inspector/client/rendered.js')
      const box = document.createElement('div')
      box.append(...nodesOf(${JSON.stringify(harm).replaceAll('</', '<\\/')}))
      document.body.append(box)
      const html = box.innerHTML
      box.remove()
      return html.replace(/\\s+/g, ' ').trim()
    })()`)
    expect(made).toBe('<p dir="auto">a</p> <span>b</span><span>c</span> e')
    // Where the parser looks at it, the policy speaks as well.
    expect(view.problems.splice(0).filter((line) => !line.includes('Content Security Policy'))).toEqual([])
    expect(await view.page.title()).toBe('#1 board · Remy’s jobs')
  })

  test('what goes on is seen going on: steps, stage and end, through a kill', async () => {
    await using view = await open(desktop)
    await view.enter()
    await view.job(3).waitFor()
    house.telegram.say(ada, '/board Is this a slow one?')
    await view.job(4).getByText('running').waitFor()
    await view.job(4).click()
    await view.page.locator('.timeline .step-name').nth(3).waitFor()
    await view.page.locator('.moment[data-kind="now"]').waitFor()
    await view.shoot('running')
    const port = new URL(house.url).port
    await house.kill()
    await view.page.locator('.list').getByText('The service cannot be reached: as last seen').waitFor()
    house.env.PORT = port
    await house.boot()
    await view.page.locator('.reading', { hasText: 'interrupted by restart' }).waitFor()
    await view.job(4).getByText('failed').waitFor()
    await view.page.locator('.list').getByText('live', { exact: true }).waitFor()
    await view.shoot('failed')
  })

  test.each([phone, desktop])(
    'the keyboard opens a job, leaves it by Escape and goes on where it was, at $width',
    async (screen) => {
      await using view = await open(screen)
      const { page } = view
      await page.getByLabel('Inspection token').fill(INSPECTION_TOKEN)
      await page.keyboard.press('Enter')
      await view.job(2).focus()
      await page.keyboard.press('Enter')
      await page.locator('.reading h1').waitFor()
      expect(await page.title()).toBe('#2 board · Remy’s jobs')
      const focused = () =>
        page.evaluate<string>("document.activeElement.closest('[data-key]')?.dataset.key ?? document.activeElement.id")
      expect(await focused()).toBe(view.isNarrow ? 'back' : '2')
      await page.keyboard.press('Escape')
      expect([await focused(), new URL(page.url()).search, await page.title()]).toEqual(['2', '', 'Remy’s jobs'])
      const time = view.job(2).locator('time')
      expect(await time.textContent()).toMatch(/^\d\d:\d\d$/)
      expect(await time.getAttribute('title')).toMatch(/^\d{4}-.*Z$/)
    },
  )

  test('where the network is gone, the job that is open says so too', async () => {
    await using view = await open(phone, '/inspector?job=1')
    await view.enter()
    await view.page.locator('.opened').getByText('live', { exact: true }).waitFor()
    await view.page.context().setOffline(true)
    await view.page.locator('.opened').getByText('The service cannot be reached').waitFor()
    await view.page.context().setOffline(false)
    await view.page.locator('.opened').getByText('live', { exact: true }).waitFor()
  })
})
