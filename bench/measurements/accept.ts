import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { startModule } from '../child.ts'
import { type Figure, type Measurement, ms } from '../measurement.ts'
import { type Client, createClient } from '../requests.ts'
import { environment, freshFile, SECRET, smallUpdate, startService, WEBHOOK } from '../service.ts'
import { interleaved, median, percentile } from '../statistics.ts'

const bare = join(import.meta.dirname, '../baselines/fastify-insert.ts')

/** So many requests Telegram makes at once unless told otherwise. */
const AT_ONCE = 40
const LOOK_MS = 10

const WHY_P50 =
  'one commit of ours writes five pages where the bare INSERT writes two: the update, its id, its place among the unhandled and' +
  ' the mark of the one before, which goes along. That is 0.08 ms here; lanes, Kysely and the promises between them take 0.1 ms.' +
  ' With 40 at once both are shared, which is why that figure is reached.'
const WHY_P99 =
  'one update in forty meets a collection of young objects, 0.6 ms: they get 4 MB, for the sake of the memory of open streams,' +
  ' and an update makes 50 KB of them, most in the promises of a query.'

/** Updates taken durably, which also are marked as handled: many at once, and one after the other. */
export const accept: Measurement = {
  name: 'accept',
  async run(workshop) {
    const { quick } = workshop
    const rounds = quick ? 3 : 7
    const file = freshFile(workshop)
    const service = await startService(workshop, environment(file))
    const baseline = await startModule(bare, [freshFile(workshop)])
    const handled = watchHandled(file)
    const clientOf = (url: string, connections: number) => createClient(url + WEBHOOK, { connections, secret: SECRET })

    async function rate(url: string): Promise<number> {
      const client = clientOf(url, AT_ONCE)
      const count = quick ? 2_000 : 8_000
      const begun = performance.now()
      await postAll(client, count)
      const perSecond = (count * 1_000) / (performance.now() - begun)
      client.close()
      await handled.all()
      return perSecond
    }

    const tails: Record<string, number[]> = { [service.url]: [], [baseline.url]: [] }
    async function latency(url: string): Promise<number> {
      const client = clientOf(url, 1)
      const times: number[] = []
      for (let sent = 0; sent < (quick ? 400 : 2_000); sent++) {
        const begun = performance.now()
        await demand200(client)
        times.push(performance.now() - begun)
      }
      client.close()
      await handled.all()
      tails[url]?.push(percentile(times, 99))
      return median(times)
    }

    for (const url of [service.url, baseline.url]) await rate(url) // warm
    const rates = await interleaved(rounds, { ours: () => rate(service.url), theirs: () => rate(baseline.url) })
    const p50 = await interleaved(rounds, { ours: () => latency(service.url), theirs: () => latency(baseline.url) })
    handled.close()
    await service.stop()
    await baseline.stop()

    const against = 'a bare Fastify route with one INSERT at FULL'
    const perSecond = (values: number[]) => `${Math.round(median(values))} a second`
    return [
      {
        what: `Durable accept of updates, ${AT_ONCE} at once`,
        against,
        ours: perSecond(rates.ours),
        theirs: perSecond(rates.theirs),
        ratio: median(rates.ours) / median(rates.theirs),
        goal: { atLeast: 2 },
      },
      latencyFigure('One at a time, p50', against, 1.3, p50.ours, p50.theirs),
      latencyFigure('One at a time, p99', against, 2, tails[service.url] ?? [], tails[baseline.url] ?? []),
    ]
  },
}

async function demand200(client: Client): Promise<void> {
  const status = await client.post(smallUpdate())
  if (status !== 200) throw new Error(`An update was answered ${status}`)
}

async function postAll(client: Client, count: number): Promise<void> {
  let left = count
  const lane = async () => {
    while (left-- > 0) await demand200(client)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}

/** Waits until the service has marked all that it took, so that no round pays for the one before it. */
function watchHandled(file: string) {
  const sqlite = new Sqlite(file, { readonly: true })
  const open = sqlite.prepare('SELECT count(*) AS count FROM updates WHERE handled_at IS NULL').pluck()
  return {
    async all(): Promise<void> {
      while (Number(open.get()) > 0) await sleep(LOOK_MS)
    },
    close: () => sqlite.close(),
  }
}

function latencyFigure(what: string, against: string, atMost: number, ours: number[], theirs: number[]): Figure {
  const [own, other] = [median(ours), median(theirs)]
  const why = atMost < 2 ? WHY_P50 : WHY_P99
  return { what, against, ours: ms(own), theirs: ms(other), ratio: own / other, goal: { atMost }, why }
}
