import { offlineModel } from '../../playground/messages-api/offline-model.ts'
import type { Random } from './random.ts'
import type { Rig } from './rig.ts'
import { factor } from './table.ts'

/** The numbers of so many rounds, or of a multiple where --rounds asks for it. */
export const rounds = (count = 1) => Array.from({ length: count * factor }, (_, n) => n + 1)

/** People who are let in beside the two of build.ts. */
export const crowd = (count: number, first = 1_001) =>
  Array.from({ length: count }, (_, n) => ({ id: first + n, first_name: `Person ${first + n}` }))

export const letIn = (people: { id: number }[]) => ({ TELEGRAM_ALLOWED_USER_IDS: people.map(({ id }) => id).join() })

const wishes = [
  (n: number) => `/board Should I take road ${n}?`,
  (n: number) => `/research What is known of road ${n}?`,
  (n: number) => `Tell me of road ${n}`,
  (n: number) => `Is my board done yet? I ask about road ${n}`,
  () => '/jobs',
  () => '/new',
]

/** Something that a person says, of any kind; `n` makes it like nothing else. */
export const anyWish = (random: Random, n: number) => wishes[random.below(wishes.length)]?.(n) ?? ''

/** Lets Claude take a while over each answer, so that a kill may find everything under way. */
export function answerSlowly(house: Rig, random: Random, mostMs: number): void {
  const model = offlineModel({ pace: 0 })
  house.claude.when(
    () => true,
    async (request) => ({ ...(await model(request)), firstTokenMs: random.below(mostMs) }),
  )
}
