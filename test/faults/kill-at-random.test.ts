import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Variant } from './broken.ts'
import { answerSlowly, anyWish, crowd, letIn, rounds } from './load.ts'
import { createRandom } from './random.ts'
import { rig } from './rig.ts'
import { report, seed } from './table.ts'

/** Each house bears so many kills before it is looked at as a whole; the people of one kill are not those of the next. */
const KILLS = 10
const PEOPLE = 5

/** Boots, says much, kills at a random moment, again and again on the same file. Every fourth boot does not get far. */
async function house(salt: number, broken?: Variant): Promise<string[]> {
  const random = createRandom(salt)
  const people = crowd(KILLS * PEOPLE)
  await using house = await rig({ env: letIn(people), broken })
  answerSlowly(house, random, 200)
  await house.start()
  for (let kill = 0; kill < KILLS && !(broken && house.seen.violations.length > 0); kill++) {
    for (const person of people.slice(kill * PEOPLE, (kill + 1) * PEOPLE)) {
      for (let words = 1 + random.below(2); words > 0; words--) {
        house.telegram.say(person, anyWish(random, person.id * 10 + words))
      }
    }
    await sleep(random.below(400)) // the fault
    await house.die()
    if (random.below(4) === 0) await house.dieWhileBooting(100 + random.below(500))
    await house.start()
  }
  await house.rest(broken ? 3_000 : 60_000)
  return await house.violations()
}

const fault = 'SIGKILL at random under load'

test.for(rounds(5))('killed at random under load, house %i', async (salt) => {
  expect(await house(salt), `seed ${seed}`).toEqual([])
  report({ fault, rounds: KILLS, lost: 'nothing', seed })
})

test('control: a service that leaves running jobs as they are is caught', async () => {
  const control = 'leaves running jobs as they are'
  expect((await house(1, control)).join('\n')).toMatch(/still running, of another process/)
  report({ fault, rounds: 0, lost: 'nothing', control })
})
