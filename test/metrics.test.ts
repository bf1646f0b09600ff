import { expect, test } from 'vitest'
import { ada, build, type House, spawnServer } from './build.ts'

const withMetrics = { METRICS_PORT: '0' }

function addressOf(house: House): string {
  const line = house.log.find((printed) => printed.includes('Metrics are served')) ?? '{}'
  return JSON.parse(line).url
}

async function scrape(house: House) {
  const response = await fetch(addressOf(house), { headers: { connection: 'close' } })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

/** The value of a series, by its name with its labels in any order. */
function seriesOf(text: string, series: string): number | undefined {
  const inOrder = (name: string) => name.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').toSorted().join()}}`)
  const found = text.split('\n').find((line) => inOrder(line.slice(0, line.lastIndexOf(' '))) === inOrder(series))
  return found === undefined ? undefined : Number(found.slice(found.lastIndexOf(' ') + 1))
}

test('without METRICS_PORT nothing listens for metrics', async () => {
  await using house = await build()
  expect(house.log.join('\n')).not.toContain('Metrics are served')
  const response = await fetch(`${house.url}/metrics`, { headers: { connection: 'close' } })
  expect(response.status).toBe(404)
})

test('after a board, its messages and calls are counted, timed and priced', async () => {
  await using house = await build({ env: withMetrics })
  house.telegram.say(ada, '/board Should I move?')
  await house.heard(ada, '✅ #1 board')
  await house.delivered()
  const { status, type, text } = await scrape(house)
  expect({ status, type }).toMatchObject({ status: 200, type: expect.stringContaining('text/plain') })
  const value = (series: string) => seriesOf(text, series)

  expect(value('remy_jobs_ended_total{kind="board",outcome="done"}')).toBe(1)
  expect(value('remy_job_duration_seconds_count{kind="board",outcome="done"}')).toBe(1)
  expect(value('remy_job_queue_wait_seconds_count{kind="board"}')).toBe(1)
  expect(value('remy_jobs_unfinished{status="running"}')).toBe(0)
  expect(value('remy_jobs_unfinished{status="queued"}')).toBe(0)
  expect(value('remy_build_info{version="0.1.0",commit="unknown"}')).toBe(1)
  expect(value('remy_jobs_ended_total{kind="research",outcome="failed"}')).toBe(0) // so that the first one is an increase
  expect(value('remy_deliveries_pending{purpose="outcome"}')).toBe(0)
  for (const purpose of ['acknowledgement', 'outcome']) {
    const sent = house.rows("SELECT 1 FROM deliveries WHERE state = 'sent' AND purpose = ?", purpose).length
    expect(value(`remy_deliveries_total{purpose="${purpose}",state="sent"}`), purpose).toBe(sent)
    expect(value(`remy_delivery_delay_seconds_count{purpose="${purpose}"}`), purpose).toBe(sent)
  }
  expect(value('remy_updates_received_total{result="stored"}')).toBe(1)
  expect(value('remy_updates_handled_total{result="handled"}')).toBe(1)
  expect(value('remy_updates_received_total{result="refused"}')).toBe(0)
  expect(value('remy_telegram_requests_total{method="getMe",status="200"}')).toBe(1)
  expect(value('remy_claude_requests_total{model="claude-opus-5-5",status="200"}')).toBe(5)
  expect(value('remy_claude_request_duration_seconds_count{model="claude-opus-5-5"}')).toBe(5)
  const [used] = house.rows<{ tokens: number; micros: number }>(
    'SELECT sum(output_tokens) tokens, sum(cost_micros) micros FROM model_calls',
  )
  const ofBoard = 'model="claude-opus-5-5",kind="board"'
  expect(value(`remy_claude_tokens_total{${ofBoard},type="output"}`)).toBe(used?.tokens)
  expect(value(`remy_claude_cost_dollars_total{${ofBoard}}`)).toBeCloseTo((used?.micros ?? 0) / 1_000_000, 9)
  expect(value('remy_database_commit_duration_seconds_count')).toBeGreaterThan(8)
  expect(value('remy_boot_duration_seconds')).toBeGreaterThan(0)
  expect(value('remy_reconcile_duration_seconds')).toBeGreaterThan(0)
  expect(value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0)
})

test('what goes wrong is counted by how', async () => {
  await using house = await build({ env: withMetrics })
  house.telegram.fail({
    method: 'sendMessage',
    fault: { kind: 'refuse', error_code: 403, description: 'Forbidden: bot was blocked by the user' },
  })
  house.telegram.say({ id: 77, first_name: 'Stranger' }, 'Let me in')
  await house.until(() => house.rows("SELECT 1 FROM deliveries WHERE state = 'failed'").length === 1)
  house.claude.fail({ times: 1, fault: { kind: 'overloaded' } })
  house.claude.fail({ fault: { kind: 'credit' } })
  house.telegram.say(ada, '/board Should I move?')
  await house.heard(ada, 'failed: the credit for Claude is used up')
  const [update] = house.rows<{ update_id: number; payload: string }>('SELECT * FROM updates WHERE payload IS NOT NULL')
  await house.telegram.post(JSON.parse(update?.payload ?? ''))
  await house.delivered()
  const { text } = await scrape(house)
  const value = (series: string) => seriesOf(text, series)
  expect(value('remy_updates_received_total{result="refused"}')).toBe(1)
  expect(value('remy_updates_received_total{result="repeated"}')).toBe(1)
  expect(value('remy_deliveries_total{purpose="refusal",state="failed"}')).toBe(1)
  expect(value('remy_telegram_requests_total{method="sendMessage",status="403"}')).toBe(1)
  expect(value('remy_claude_requests_total{model="claude-opus-5-5",status="529"}')).toBe(1)
  expect(value('remy_claude_requests_total{model="claude-opus-5-5",status="400"}')).toBeGreaterThan(0)
  expect(value('remy_jobs_ended_total{kind="board",outcome="failed"}')).toBe(1)
})

test('gauges are read at the scrape; what a kill interrupted is counted by the next boot', async () => {
  await using house = await build({ env: { ...withMetrics, MAX_RUNNING_JOBS: '1' } })
  house.claude.fail({ times: 100, fault: { kind: 'stall', after: 'start' } })
  house.telegram.say(ada, '/board one')
  house.telegram.say(ada, '/board two')
  await house.until(() => house.job(1)?.status === 'running' && house.job(2))
  const { text } = await scrape(house)
  expect([
    seriesOf(text, 'remy_jobs_unfinished{status="running"}'),
    seriesOf(text, 'remy_jobs_unfinished{status="queued"}'),
  ]).toEqual([1, 1])
  await house.kill()
  house.log.length = 0
  await house.boot()
  const after = await scrape(house)
  expect(seriesOf(after.text, 'remy_jobs_ended_total{kind="board",outcome="interrupted"}')).toBe(1)
})

test('there is GET /metrics and nothing else, under names with units, without an id or a secret in a label', async () => {
  await using house = await build({ env: withMetrics })
  house.telegram.say(ada, '/board Should I move?')
  await house.heard(ada, '✅ #1 board')
  const address = addressOf(house)
  const statusOf = async (url: string, method = 'GET') =>
    (await fetch(url, { method, headers: { connection: 'close' } })).status
  expect(await statusOf(address.replace('/metrics', '/'))).toBe(404)
  expect(await statusOf(address.replace('/metrics', '/jobs'))).toBe(404)
  expect(await statusOf(address, 'POST')).toBe(405)

  const { text } = await scrape(house)
  const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({ name, type }))
  expect(names.length).toBeGreaterThan(15)
  for (const { name, type } of names) {
    expect(name).toMatch(/^(remy|process|nodejs)_[a-z0-9_]+$/)
    if (name.startsWith('remy_')) expect(name.endsWith('_total'), name).toBe(type === 'counter')
    if (type === 'histogram') expect(name).toMatch(/_seconds$/)
  }
  const labels = new Set([...text.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label))
  const usual = ['commit', 'kind', 'le', 'method', 'model', 'outcome', 'purpose', 'result', 'state', 'status', 'type']
  const ofNode = ['space', 'version', 'major', 'minor', 'patch', 'quantile']
  expect([...labels].filter((label) => ![...usual, ...ofNode].includes(label ?? ''))).toEqual([])
  const values = [...text.matchAll(/"([^"]*)"/g)].map(([, value]) => value)
  const secrets = [house.env.TELEGRAM_BOT_TOKEN, house.env.ANTHROPIC_API_KEY, house.env.TELEGRAM_WEBHOOK_SECRET]
  const bootId = (await house.get('/health')).body.boot_id
  for (const secret of [...secrets, bootId]) expect(text).not.toContain(secret)
  expect(values).not.toContain(String(ada.id))
})

test('a close ends the listener too', async () => {
  await using house = await build({ env: withMetrics })
  const address = addressOf(house)
  expect((await scrape(house)).status).toBe(200)
  house.signal('SIGTERM')
  expect(await house.ended()).toBe(0)
  await expect(fetch(address)).rejects.toThrow()
})

test('a port that somebody else has refuses the start', async () => {
  await using first = await build()
  const taken = new URL(first.url).port
  await using house = await build({ asleep: true })
  const log: string[] = []
  const { ended } = spawnServer({ ...house.env, METRICS_PORT: taken }, house.folder, log)
  expect(await ended).toBe(1)
  expect(log.join('\n')).toContain(
    `Remy does not start. It cannot listen on 127.0.0.1:${taken}: another program listens there.`,
  )
})
