import { expect, test } from 'vitest'
import type { Person, Update } from '../../playground/bot-api/state.ts'
import type { Variant } from './broken.ts'
import { answerSlowly, anyWish, crowd, letIn, rounds } from './load.ts'
import { createRandom } from './random.ts'
import { type Rig, rig } from './rig.ts'
import { report, seed } from './table.ts'

const doubled = 'updates doubled, 50 at once, and again after the boot'
const shuffled = 'updates shuffled across chats, some of them again, and a SIGKILL among them'

function updateOf(house: Rig, { id, first_name }: Person, text: string): Update {
  const update_id = house.telegram.nextUpdateId()
  const chat = { id, type: 'private', first_name }
  return { update_id, message: { message_id: update_id, date: 1, from: { id, is_bot: false, first_name }, chat, text } }
}

async function twiceAndAgain(salt: number, broken?: Variant): Promise<string[]> {
  const random = createRandom(salt)
  const people = crowd(25)
  await using house = await rig({ env: letIn(people), broken })
  answerSlowly(house, random, 100)
  await house.start()
  const updates = people.map((person) => updateOf(house, person, anyWish(random, person.id)))
  const answers = await Promise.all([...updates, ...updates].map(house.post))
  expect(new Set(answers)).toEqual(new Set([200]))
  await house.die()
  await house.start()
  await Promise.all(updates.map(house.post))
  await house.rest(broken ? 3_000 : 30_000)
  await Promise.all(updates.map(house.post))
  await house.rest(broken ? 3_000 : 30_000)
  return await house.violations()
}

async function inAnyOrder(salt: number): Promise<string[]> {
  const random = createRandom(salt)
  const people = crowd(10)
  await using house = await rig({ env: letIn(people) })
  answerSlowly(house, random, 100)
  await house.start()
  const updates = people.flatMap((person) => [1, 2, 3].map((n) => updateOf(house, person, anyWish(random, person.id * 10 + n))))
  const posts = random.shuffled([...updates, ...updates.filter(() => random.below(3) === 0)])
  const half = Math.floor(posts.length / 2)
  const first = posts.slice(0, half).map(house.post)
  await Promise.race(first)
  await house.die() // those that are under way now are not answered
  await Promise.all(first)
  await house.start()
  await Promise.all(posts.slice(half).map(house.post))
  const unanswered = updates.filter(({ update_id }) => !house.seen.answered.has(update_id))
  await Promise.all(random.shuffled(unanswered).map(house.post))
  await house.rest()
  expect(house.seen.answered.size).toBe(updates.length)
  return await house.violations()
}

test.for(rounds(2))('updates that come twice, 50 at once, and again after a crash act once (%i)', async (salt) => {
  expect(await twiceAndAgain(salt), `seed ${seed}`).toEqual([])
  report({ fault: doubled, rounds: 1, lost: 'nothing', seed })
})

test.for(rounds(3))('updates in any order across chats, with a crash among them, act once (%i)', async (salt) => {
  expect(await inAnyOrder(salt), `seed ${seed}`).toEqual([])
  report({ fault: shuffled, rounds: 1, lost: 'nothing', seed })
})

test('control: a service that takes a resent update for a new one is caught', async () => {
  const control = 'takes a resent update for a new one'
  expect((await twiceAndAgain(1, control)).join('\n')).toMatch(/was answered \d+ times, \d+ times was due/)
  for (const fault of [doubled, shuffled]) report({ fault, rounds: 0, lost: 'nothing', control })
})
