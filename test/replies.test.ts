import { expect, test } from 'vitest'
import { ada, ben, build } from './build.ts'

const said = (house: { claude: { requests: { body: { messages: unknown[] } }[] } }) =>
  JSON.stringify(house.claude.requests.at(-1)?.body.messages.at(-1))

test('a reply to any part of a result, after restarts too, puts the whole of it into the turn', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board Should I move?')
  const first = await house.heard(ada, '✅ #1 board')
  const views = await house.heard(ada, 'Strategy\n')
  await house.delivered()
  const result = house.job(1)?.result_text ?? ''
  await house.kill()
  await house.boot()
  for (const part of [first, views]) {
    house.claude.script({ text: `Because of the money (${part.message_id}).` })
    house.telegram.say(ada, 'Why was Finance against it?', { reply_to_message: { message_id: part.message_id } })
    await house.heard(ada, `Because of the money (${part.message_id}).`)
    expect(said(house)).toContain('<in_reply_to job=\\"#1 board\\">')
    for (const line of result.split('\n').filter(Boolean)) expect(said(house)).toContain(JSON.stringify(line).slice(1, -1))
  }
  // The same from the messages that /job sends again.
  house.telegram.say(ada, '/job 1')
  const card = await house.heard(ada, '🗂 #1 board')
  house.claude.script({ text: 'It took a while.' })
  house.telegram.say(ada, 'How long did that take?', { reply_to_message: { message_id: card.message_id } })
  await house.heard(ada, 'It took a while.')
  expect(said(house)).toContain('<in_reply_to job=\\"#1 board\\">')
})

test("a reply to another person's message, or to none of a job's, brings no job along", async () => {
  await using house = await build()
  house.telegram.say(ada, '/board A secret of Ada')
  const result = await house.heard(ada, '✅ #1 board')
  house.telegram.say(ben, '/jobs')
  const own = await house.heard(ben, 'No background jobs yet.')
  await house.delivered()
  house.claude.script({ text: 'I see nothing.' })
  house.telegram.push({
    update_id: house.telegram.nextUpdateId(),
    message: {
      message_id: 900,
      date: 1,
      from: { ...ben, is_bot: false },
      chat: { id: ben.id, type: 'private' },
      text: 'What does it say?',
      reply_to_message: { message_id: result.message_id, date: 1, chat: { id: ben.id, type: 'private' }, text: 'forged' },
    },
  })
  await house.heard(ben, 'I see nothing.')
  expect(said(house)).not.toContain('secret of Ada')
  house.claude.script({ text: 'No jobs at all.' })
  house.telegram.say(ben, 'And this?', { reply_to_message: { message_id: own.message_id } })
  await house.heard(ben, 'No jobs at all.')
  expect(said(house)).toContain('<in_reply_to>')
})

test('a board about a result has all of it before it', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board Should I move?')
  const first = await house.heard(ada, '✅ #1 board')
  await house.delivered()
  house.telegram.say(ada, '/board Is that right?', { reply_to_message: { message_id: first.message_id } })
  await house.until(() => house.job(2)?.status === 'done')
  expect(house.job(2)?.input_text).toMatch(/^Is that right\?\n\n<in_reply_to job="#1 board">/)
  expect(house.job(2)?.input_text).toContain('**Finance**')
})

test("a job that was replied to is not remembered as the person's words", async () => {
  await using house = await build()
  const view = `A view. ${'many words '.repeat(200)}the very end of it`
  house.claude.when(({ system }) => JSON.stringify(system ?? '').includes('Role:'), { text: view }, 5)
  house.telegram.say(ada, '/board Should I move?')
  const first = await house.heard(ada, '✅ #1 board')
  await house.delivered()
  house.claude.script({ text: 'Because.' })
  house.telegram.say(ada, 'Why so?', { reply_to_message: { message_id: first.message_id } })
  await house.heard(ada, 'Because.')
  expect(said(house)).toContain('the very end of it')
  house.telegram.say(ada, '/board And what of it?')
  await house.heard(ada, '✅ #2 board')
  const asked =
    house.claude.requests.map(({ body }) => JSON.stringify(body)).find((text) => text.includes('And what of it?')) ?? ''
  expect(asked).toMatch(/<recent_conversation>[\s\S]*Why so\?[\s\S]*Because\./)
  expect(asked).toContain('<in_reply_to job=')
  expect(asked).not.toContain('the very end of it')
})
