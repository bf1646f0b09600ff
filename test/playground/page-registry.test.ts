import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { desktop, findChromium, launch, openPage, phone } from './open-page.ts'
import { doneJob, failedJob, runningJob, sampleDelivery, sampleJob, sampleStep } from './sample-jobs.ts'

type Box = { dataset: Record<string, string>; open: boolean }

const chromium = findChromium()

describe.skipIf(!chromium).each([phone, desktop])('the registry beside the chat, at $width, $scheme', (screen) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch(chromium)
  })
  afterAll(() => browser?.close())

  async function open(options: Parameters<typeof openPage>[2]) {
    const chat = await openPage(browser, screen, options)
    if (screen.touch) await chat.page.getByRole('button', { name: /^Jobs/ }).tap()
    const job = (id: number) => chat.page.locator(`.job[data-key="${id}"]`)
    const head = (id: number) => job(id).locator('.job-head')
    return Object.assign(chat, { job, head, side: chat.page.locator('#side') })
  }

  test('the newest job is open by itself, until another is picked; a fold stays as it is while its job goes on', async () => {
    const jobs = [runningJob(2, { stage: 'Finance is thinking' }), doneJob(1)]
    await using chat = await open({ jobs })
    await chat.head(2).getByText('Finance is thinking').waitFor()
    expect(await chat.head(2).getAttribute('aria-expanded')).toBe('true')
    expect(await chat.head(1).textContent()).toBe('#1 boarddone8.0 sQuestion 1?')

    const step = chat.job(2).locator('details.step')
    await step.locator('summary').click()
    await step.getByText('What Strategy says.').waitFor()
    jobs[0] = runningJob(2, { stage: 'The Critic writes', steps: [sampleStep('Strategy', 4), sampleStep('Finance', 6)] })
    await chat.job(2).locator('.moment b', { hasText: 'The Critic writes' }).waitFor()
    expect(await chat.job(2).locator('.step-name').allTextContents()).toEqual(['Strategy', 'Finance'])
    expect(await step.first().evaluate((node: Box) => node.open)).toBe(true)

    jobs.unshift(sampleJob(3))
    await chat.job(3).locator('.moment').waitFor()
    expect(await chat.head(2).getAttribute('aria-expanded')).toBe('false')

    await chat.head(1).click()
    await chat.job(1).locator('.moment').first().waitFor()
    jobs.unshift(sampleJob(4))
    await chat.head(4).waitFor()
    expect(await chat.head(4).getAttribute('aria-expanded')).toBe('false')
    expect(await chat.job(1).locator('.timeline').isVisible()).toBe(true)
    await chat.head(1).click()
    expect(await chat.page.locator('.timeline').count()).toBe(0)
  })

  test('an opened job shows its moves and steps in the order of their times, its messages, columns, cost and result', async () => {
    const deliveries = [
      sampleDelivery(1, {
        purpose: 'acknowledgement',
        state: 'sent',
        attempts: 1,
        message_id: 8,
        sent_at: '2026-01-02T03:04:01Z',
      }),
      sampleDelivery(2, { attempts: 3, next_attempt_at: '2026-01-02T03:04:30Z', error: '429: Too Many Requests' }),
    ]
    const steps = [sampleStep('Critic', 9), sampleStep('Strategy', 4), sampleStep('Finance', 1, { reused_from: 7 })]
    const usage = { input_tokens: 12_345, output_tokens: 678, cost_usd: 0.0123 }
    await using chat = await open({ jobs: [doneJob(1, { deliveries, steps, usage, a_new_column: 'is shown too' })] })
    const job = chat.job(1)
    await job.locator('.moment').first().waitFor()
    const moments = await job.locator('.moment').evaluateAll((nodes: Box[]) => nodes.map(({ dataset }) => dataset.key))
    expect(moments).toEqual(['queued', 'running', 'step-Finance', 'step-Strategy', 'step-Critic', 'done'])
    expect(await job.locator('.step .took').allTextContents()).toEqual(['taken over from #7', '3.0 s', '8.0 s'])
    expect(await job.locator('.job-facts').textContent()).toBe('12,345 tokens in · 678 out · $0.0123 · outcome delivered 03:04')
    const messages = await job.locator('.delivery').allTextContents()
    expect(messages[0]).toMatch(/^acknowledgement part 1 · sendMessagesent1 attempt · message 8 at .*\d\d:\d\d:01$/)
    expect(messages[1]).toMatch(/^outcome part 1 · sendMessagepending3 attempts · next at .*:30429: Too Many Requests$/)
    expect(await job.locator('.columns div').last().textContent()).toBe('a_new_columnis shown too')
    await job.locator('summary', { hasText: 'Result' }).click()
    await job.getByText('**Yes**, by all means.').waitFor()
  })

  test('what a job says is text, never markup; without figures there is no word of them; why it failed is open', async () => {
    const harm = '<img src=x onerror="document.title = 1">'
    const job = failedJob(1, { input_text: harm, result_text: harm, steps: [sampleStep(harm, 3, { text: harm })], usage: null })
    await using chat = await open({ jobs: [job] })
    await chat.job(1).locator('.job-result').getByText(harm).waitFor()
    expect(await chat.side.locator('img').count()).toBe(0)
    expect(await chat.job(1).locator('.job-facts').isVisible()).toBe(false)
    expect(await chat.page.title()).toBe('Remy playground')
  })

  test('after a kill the last that was seen stays and is marked, then it is what the boot made of it', async () => {
    const jobs = [runningJob(1)]
    await using chat = await open({ jobs })
    await chat.side.getByText('live', { exact: true }).waitFor()
    await chat.head(1).getByText('running').waitFor()
    chat.service({ state: 'starting', boots: 1 })
    await chat.side.getByText('The service is down: as last seen').waitFor()
    expect(await chat.head(1).locator('.state-chip').textContent()).toBe('running')
    jobs[0] = failedJob(1)
    chat.service({ state: 'running', boots: 2, pid: 78 })
    await chat.head(1).getByText('failed').waitFor()
    await chat.job(1).getByText('interrupted by restart').waitFor()
    await chat.side.getByText('live', { exact: true }).waitFor()
  })

  test('what is picked is looked at again after the connection was lost', async () => {
    const jobs = [doneJob(2), doneJob(1)]
    await using chat = await open({ jobs })
    await chat.head(1).click()
    await chat.job(1).locator('.moment').first().waitFor()
    await chat.cut(() => chat.side.getByText('The service is down').waitFor())
    jobs[1] = doneJob(1, { steps: [sampleStep('Finance', 2)] })
    await chat.job(1).locator('.step-name', { hasText: 'Finance' }).waitFor()
  })

  test('chat and registry stand side by side where there is room, else a button turns from one to the other', async () => {
    await using chat = await open({ jobs: [runningJob(1)] })
    await chat.head(1).waitFor()
    expect(await chat.input.isVisible()).toBe(!screen.touch)
    if (!screen.touch) return
    // The chat stands at its newest message, though it was behind the jobs when that came.
    for (let count = 0; count < 30; count += 1) chat.api.say(1001, `Line ${count}`)
    const last = await chat.bot('The answer')
    await chat.row(last.message_id).waitFor({ state: 'attached' })
    await chat.page.getByRole('button', { name: 'Chat', exact: true }).tap()
    await chat.input.waitFor()
    expect(await chat.side.isVisible()).toBe(false)
    expect(await chat.page.getByRole('button', { name: 'Jump to the newest message' }).isVisible()).toBe(false)
    expect(await chat.page.evaluate('document.activeElement.id')).toBe('show-side')
  })
})
