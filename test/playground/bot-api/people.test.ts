import { expect, test } from 'vitest'
import { createBotApi } from '../../../playground/bot-api/server.ts'
import type { Update } from '../../../playground/bot-api/state.ts'
import { ada, call } from './call.ts'

type Size = { file_id: string; width: number; height: number; file_size: number }

const bytes = Buffer.alloc(5_000, 'x')
const command = { type: 'bot_command', offset: 0, length: 6 }
const messageOf = (update: Update) => update.message as Record<string, unknown>
const png = (width: number, height: number) => {
  const header = Buffer.alloc(24)
  header.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1')
  header.writeUInt32BE(width, 16)
  header.writeUInt32BE(height, 20)
  return Buffer.concat([header, bytes])
}

test('a photo comes in sizes, the largest last, with its caption', async () => {
  await using api = await createBotApi()
  const message = messageOf(api.sendPhoto(ada, { bytes: png(640, 320), caption: '/board this' }))
  const photo = message.photo as Size[]
  expect(photo.map(({ width, height }) => [width, height])).toEqual([
    [90, 45],
    [320, 160],
    [640, 320],
  ])
  expect(photo[0]?.file_size).toBeLessThan(photo[2]?.file_size ?? 0)
  expect(message).toMatchObject({ caption: '/board this', caption_entities: [command] })
  expect(message).not.toHaveProperty('text')
  expect(api.messages(41)[0]).toMatchObject({ text: '/board this', photo: { width: 640, height: 320, content: png(640, 320) } })
})

test('a document, a voice message and a sticker say what they are', async () => {
  await using api = await createBotApi()
  const document = messageOf(api.sendDocument(ada, { bytes, name: 'a.pdf', caption: 'Read it', fileSize: 99_000_000 }))
  expect(document).toMatchObject({
    document: { file_name: 'a.pdf', mime_type: 'application/pdf', file_size: 99_000_000 },
    caption: 'Read it',
  })
  expect(messageOf(api.sendDocument(ada, { bytes, mime: 'text/x-log' })).document).toMatchObject({ mime_type: 'text/x-log' })
  expect(messageOf(api.sendVoice(ada)).voice).toMatchObject({ duration: 3, mime_type: 'audio/ogg' })
  expect(messageOf(api.sendSticker(ada)).sticker).toMatchObject({ type: 'regular', emoji: '👍' })
  const [a, b, c, d] = api.messages(41)
  expect(a?.document?.content).toEqual(bytes)
  expect([a?.text, b?.text, c?.voice, d?.sticker]).toEqual(['Read it', '', true, '👍'])
  expect(JSON.stringify(document)).not.toContain('content')
})

test('an album is one message an item, held together by its id', async () => {
  await using api = await createBotApi()
  const photos = api.sendAlbum(ada, [{ bytes, caption: 'Both' }, { bytes }])
  const documents = api.sendAlbum(ada, [
    { bytes, name: 'a.txt' },
    { bytes, name: 'b.txt', caption: 'And these' },
  ])
  expect(api.pending()).toBe(4)
  const groups = api.messages(41).map(({ media_group }) => media_group)
  expect(groups[0]).toMatch(/^\d+$/)
  expect(groups).toEqual([groups[0], groups[0], groups[2], groups[2]])
  expect(groups[2]).not.toBe(groups[0])
  expect(photos.map((update) => messageOf(update).media_group_id)).toEqual([groups[0], groups[0]])
  expect(documents.map((update) => messageOf(update).document)).toMatchObject([{ file_name: 'a.txt' }, { file_name: 'b.txt' }])
  expect(() => api.sendAlbum(ada, [{ bytes }])).toThrow(RangeError)
})

test('a forwarded message tells its origin', async () => {
  await using api = await createBotApi()
  const text = messageOf(api.forward(ada, '/board hm', { from: 'Ben' }))
  expect(text).toMatchObject({ text: '/board hm', entities: [command] })
  expect(text.forward_origin).toMatchObject({ type: 'user', sender_user: { first_name: 'Ben', is_bot: false } })
  const hidden = messageOf(api.forward(ada, 'Look', { from: 'Cy', origin: 'hidden_user', photo: { bytes } }))
  expect(hidden).toMatchObject({ forward_origin: { type: 'hidden_user', sender_user_name: 'Cy' }, caption: 'Look' })
  const channel = messageOf(api.forward(ada, 'News', { from: 'The Paper', origin: 'channel' }))
  expect(channel.forward_origin).toMatchObject({ type: 'channel', chat: { type: 'channel', title: 'The Paper' } })
  expect(api.messages(41).map(({ forwarded_from }) => forwarded_from)).toEqual(['Ben', 'Cy', 'The Paper'])
  expect(api.messages(41)[1]?.photo?.content).toEqual(bytes)
})

test('a reply may quote a part of what it answers, and only that', async () => {
  await using api = await createBotApi()
  await call(api, 'sendMessage', { chat_id: 41, text: 'Move to Lisbon' })
  const reply_to_message = { message_id: 1 }
  const message = messageOf(api.say(ada, 'Why there?', { reply_to_message, quote: { text: 'Lisbon' } }))
  expect(message).toMatchObject({
    reply_to_message: { message_id: 1, text: 'Move to Lisbon' },
    quote: { text: 'Lisbon', position: 8, is_manual: true },
  })
  expect(api.messages(41)[1]).toMatchObject({ reply_to: 1, quote: 'Lisbon' })
  expect(() => api.say(ada, 'Why?', { reply_to_message, quote: { text: 'Porto' } })).toThrow(/Nothing to quote/)
})

test('an edit changes the text of a text and the caption of a photo', async () => {
  await using api = await createBotApi()
  api.say(ada, 'one')
  api.sendPhoto(ada, { bytes, caption: 'two' })
  expect(api.edit(ada, 1, 'three').edited_message).toMatchObject({ text: 'three' })
  const edited = api.edit(ada, 2, '/board').edited_message
  expect(edited).toMatchObject({ caption: '/board', caption_entities: [command], photo: [{}, {}, {}] })
  expect(edited).not.toHaveProperty('text')
  expect(api.messages(41).map(({ text, edited }) => [text, edited])).toEqual([
    ['three', true],
    ['/board', true],
  ])
})

test('a long paste is cut at line ends or spaces, and never inside a character', async () => {
  await using api = await createBotApi()
  const lengths = (text: string) => api.paste(ada, text).map((update) => String(messageOf(update).text).length)
  expect(lengths('short')).toEqual([5])
  expect(lengths(`${'a'.repeat(4000)}\n${'b c '.repeat(25)}`)).toEqual([4000, 99])
  expect(lengths(`${'a'.repeat(4000)} ${'b'.repeat(4096)}`)).toEqual([4000, 4096])
  expect(lengths('x'.repeat(4097))).toEqual([4096, 1])
  expect(lengths(`x${'😀'.repeat(2048)}`)).toEqual([4095, 2])
  const text = 'All work and no play. '.repeat(1_000).trim()
  const parts = api.paste(ada, text).map((update) => messageOf(update).text)
  expect(parts.join(' ')).toBe(text)
})
