import { expect, test } from 'vitest'
import { ada, ben, build } from './build.ts'
import { buttonsOf, press } from './press.ts'

test('the same job again is shown instead of made, unless the person wants another', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.when(() => true, { text: 'x', hold: gate.promise })
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.job(1)?.status === 'running')
  house.telegram.say(ada, '/board Should I move?')
  const twin = await house.heard(ada, /^Already running: #1 board · \d:\d\d\. I'll message you when it's done\.$/)
  expect(buttonsOf(twin).map(({ text }) => text)).toEqual(['Start another', 'Stop'])
  house.telegram.say(ben, '/board Should I move?')
  await house.heard(ben, 'Started #2')
  house.telegram.say(ada, '/board Should I stay?')
  await house.heard(ada, 'Started #3')
  expect(await press(house, ben, twin, 'another:1')).toBe('This button was sent to somebody else.')
  expect(await press(house, ada, twin, 'another:1')).toBe('Started another: #4.')
  expect(await press(house, ada, twin, 'another:1')).toBe('Another one is already there: #4.')
  expect(house.job(4)).toMatchObject({ user_id: ada.id, input_text: 'Should I move?' })
  house.telegram.say(ada, '/board Should I move?')
  await house.heard(ada, /^Already running: #4 board/)
  gate.open()
  for (const id of [1, 3, 4]) await house.heard(ada, `✅ #${id} board`)
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.job(5))
  expect(await press(house, ada, twin, 'another:1')).toBe('#1 has ended meanwhile: just ask for it again.')
})

test('Claude is told of the twin, and makes another when the person insists', async () => {
  await using house = await build()
  const gate = house.claude.gate()
  house.claude.when(({ system }) => JSON.stringify(system ?? '').includes('Role:'), { text: 'x', hold: gate.promise })
  house.telegram.say(ada, '/board Should I move?')
  await house.until(() => house.job(1)?.status === 'running')
  const start = (more: object) => ({
    toolCalls: [{ name: 'start_background_job', input: { job_type: 'board', input: 'Should I move?', ...more } }],
  })
  house.claude.script(start({}), { text: 'It runs already.' })
  house.telegram.say(ada, 'Have the board look at whether I should move')
  await house.heard(ada, 'It runs already.')
  expect(JSON.stringify(house.claude.requests.at(-1)?.body.messages.at(-1))).toContain('#1 is the same and is running')
  house.claude.script(start({ another: true }), { text: 'A second one then.' })
  house.telegram.say(ada, 'I want another one all the same')
  await house.heard(ada, 'A second one then.')
  expect(house.job(2)?.input_text).toBe('Should I move?')
  gate.open()
})
