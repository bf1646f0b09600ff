import { expect, test } from 'vitest'
import { ada, build } from './build.ts'

test('a board is acknowledged, run, stored and delivered with its verdict first', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board Should I move to Lisbon?')
  await house.heard(ada, "Started #1 · board. I'll message you when it's done.")
  const result = await house.heard(ada, 'Verdict')
  const job = house.job(1)
  expect(job).toMatchObject({
    id: 1,
    user_id: ada.id,
    job_type: 'board',
    status: 'done',
    input_text: 'Should I move to Lisbon?',
  })
  expect(result.text).toContain(job?.result_text?.slice(0, 500))
  expect(job?.result_text).toMatch(
    /^⚖️ Verdict[\s\S]+— Strategy —[\s\S]+— Content —[\s\S]+— Finance —[\s\S]+— Research —/,
  )
})
