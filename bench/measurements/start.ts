import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from '../../playground/service.ts'
import { type Child, spawnModule, startModule } from '../child.ts'
import { type Figure, type Measurement, ms, type Workshop } from '../measurement.ts'
import { untilFirst200 } from '../requests.ts'
import { environment, flags, freshFile, SECRET, smallUpdate, startService, WEBHOOK } from '../service.ts'
import { interleaved, median } from '../statistics.ts'

const bare = join(import.meta.dirname, '../baselines/bare-fastify.ts')

const MILLION = { jobs: 1_000_000, quickJobs: 200_000 }

/** Milliseconds from the start of the process to the first update that is answered 200. */
async function startUp(
  module: string,
  env: Record<string, string>,
  cwd: string,
  nodeFlags: readonly string[] = [],
): Promise<number> {
  const port = await freePort()
  const begun = performance.now()
  const child = spawnModule(module, [], { env: { ...env, PORT: String(port) }, cwd, flags: nodeFlags })
  child.stdout?.resume()
  const ended = once(child, 'exit')
  await untilFirst200(`http://127.0.0.1:${port}${WEBHOOK}`, smallUpdate(), SECRET)
  const took = performance.now() - begun
  child.kill('SIGTERM')
  await ended
  return took
}

/** A file as the first boot leaves it. */
async function emptyFile(workshop: Workshop): Promise<string> {
  const file = freshFile(workshop)
  const service: Child = await startService(workshop, environment(file))
  await service.stop()
  return file
}

/** The start of the deployed form: on no database, on an empty one, and on one of a million jobs. */
export const start: Measurement = {
  name: 'start',
  async run(workshop) {
    const { quick, folder, entry } = workshop
    const rounds = quick ? 5 : 15
    const warm = await startModule(bare)
    await warm.stop()
    const beside = await interleaved(rounds, {
      ours: () => startUp(entry, environment(freshFile(workshop)), folder, flags),
      theirs: () => startUp(bare, {}, folder),
    })

    const count = quick ? MILLION.quickJobs : MILLION.jobs
    const [empty, full] = [await emptyFile(workshop), await workshop.registryOf(count)]
    await startUp(entry, environment(full), folder, flags) // its pages are read once
    const filled = await interleaved(rounds, {
      ours: () => startUp(entry, environment(full), folder, flags),
      theirs: () => startUp(entry, environment(empty), folder, flags),
    })
    return [
      figure(
        'Start of the deployed form to the first 200 of the webhook, no database yet',
        'a bare Fastify, unbundled',
        1.5,
        beside,
      ),
      figure(
        `The same on ${count.toLocaleString('en')} jobs, messages and deliveries`,
        'itself on an empty database',
        1.2,
        filled,
      ),
    ]
  },
}

function figure(what: string, against: string, atMost: number, values: { ours: number[]; theirs: number[] }): Figure {
  const [ours, theirs] = [median(values.ours), median(values.theirs)]
  return { what, against, ours: ms(ours), theirs: ms(theirs), ratio: ours / theirs, goal: { atMost } }
}
