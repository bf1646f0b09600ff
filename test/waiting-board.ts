import { ada, type House } from './build.ts'

export const asCritic = (request: { system?: unknown }) => JSON.stringify(request.system ?? '').includes('Role: Critic')

/** Ada's board runs, and waits for its Critic until the gate opens. */
export async function withOneRunning(house: House) {
  const gate = house.claude.gate()
  house.claude.when(asCritic, { text: 'The verdict.', hold: gate.promise })
  house.telegram.say(ada, '/board One')
  await house.until(() => house.claude.requests.some(({ body }) => asCritic(body)))
  return gate
}
