import { join } from 'node:path'
import type { ContenderName } from '../baselines/life-cycles.ts'
import { resultOf } from '../child.ts'
import type { Figure, Measurement } from '../measurement.ts'
import { freshFile } from '../service.ts'
import { interleaved, median } from '../statistics.ts'

const course = join(import.meta.dirname, '../baselines/life-cycles.ts')
const IN_FLIGHT = 64

const others = { plainjob: 'plainjob', liteque: 'liteque', raw: 'raw statements, each its own commit' } as const

/** Life cycles of a job a second: create, running, a step, done, the message about it; each contender in a process of its own. */
export const lifeCycles: Measurement = {
  name: 'life-cycles',
  async run(workshop) {
    const count = workshop.quick ? 1_000 : 5_000
    const perSecond = (name: ContenderName) => () =>
      resultOf<number>(course, [name, freshFile(workshop), String(count), String(IN_FLIGHT)])
    const { remy, ...rates } = await interleaved(workshop.quick ? 3 : 7, {
      remy: perSecond('remy'),
      plainjob: perSecond('plainjob'),
      liteque: perSecond('liteque'),
      raw: perSecond('raw'),
    })
    const ours = median(remy)
    return (Object.keys(others) as (keyof typeof others)[]).map((name): Figure => {
      const theirs = median(rates[name])
      return {
        what: `Life cycles of a job, ${IN_FLIGHT} in flight`,
        against: `${others[name]}, at FULL`,
        ours: `${Math.round(ours)} a second`,
        theirs: `${Math.round(theirs)} a second`,
        ratio: ours / theirs,
        goal: { atLeast: 1 },
      }
    })
  },
}
