import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { maxCaptionUnits, maxTextUnits } from '../bot-api/read-message.ts'
import type { BotApi } from '../bot-api/server.ts'
import { person } from './person.ts'
import { type Extra, readForm, sendFiles } from './upload.ts'

const maxPasteUnits = 200_000
const maxUploadBytes = 60 * 1024 * 1024

const Words = Type.String({ minLength: 1, maxLength: maxPasteUnits, pattern: '\\S' })
const Say = Type.Object({ text: Words, reply_to: Type.Optional(Type.Integer()), quote: Type.Optional(Type.String()) })
const Edit = Type.Object({ message_id: Type.Integer(), text: Type.String({ maxLength: maxTextUnits }) })
const Forward = Type.Object({ message_id: Type.Integer() })
const Press = Type.Object({ message_id: Type.Integer(), data: Type.String({ minLength: 1, maxLength: 64 }) })

/** All that the person can do in the chat. What the chat does not allow is a 400 or 404, which the page never asks for. */
export const speak: FastifyPluginAsyncTypebox<{ botApi: BotApi }> = async (app, { botApi }) => {
  const find = (id: number) => botApi.messages(person.id).find(({ message_id }) => message_id === id)
  const bytesOf = { parseAs: 'buffer', bodyLimit: maxUploadBytes } as const
  app.addContentTypeParser('multipart/form-data', bytesOf, (_, body, done) => done(null, body))

  function toExtra(replyTo: number | undefined, quote: string | undefined): Extra {
    const replied = replyTo === undefined ? undefined : find(replyTo)
    if (!replied) return {}
    const quotes = quote && replied.text.includes(quote)
    return { reply_to_message: { message_id: replied.message_id }, ...(quotes && { quote: { text: quote } }) }
  }

  app.post('/say', { schema: { body: Say } }, (request, reply) => {
    const { text, reply_to, quote } = request.body
    botApi.paste(person, text, toExtra(reply_to, quote))
    return reply.code(204).send()
  })

  app.post('/upload', { bodyLimit: maxUploadBytes }, async (request, reply) => {
    if (!Buffer.isBuffer(request.body)) return reply.code(415).send()
    const { form, sending } = await readForm(request.body, request.headers['content-type'] ?? '')
    if (sending.text.length > maxCaptionUnits) return reply.code(400).send({ error: 'The caption is too long.' })
    sendFiles(botApi, sending, toExtra(Number(form.get('reply_to')) || undefined, form.get('quote')?.toString()))
    return reply.code(204).send()
  })

  app.post('/voice', (_, reply) => {
    botApi.sendVoice(person, { duration: 4 })
    return reply.code(204).send()
  })

  app.post('/sticker', (_, reply) => {
    botApi.sendSticker(person)
    return reply.code(204).send()
  })

  app.post('/forward', { schema: { body: Forward } }, (request, reply) => {
    const message = find(request.body.message_id)
    if (!message || !(message.text || message.photo)) return reply.code(404).send()
    const { text, photo } = message
    botApi.forward(person, text, { from: 'A friend', ...(photo && { photo: { ...photo, bytes: photo.content } }) })
    return reply.code(204).send()
  })

  app.post('/edit', { schema: { body: Edit } }, (request, reply) => {
    const { message_id, text } = request.body
    const message = find(message_id)
    if (message?.from !== 'person') return reply.code(404).send()
    const hasMedia = message.photo || message.document || message.voice
    const fits = hasMedia ? text.length <= maxCaptionUnits : text.trim() !== ''
    if (!fits || message.sticker || message.forwarded_from) return reply.code(400).send()
    if (text.trim() !== message.text) botApi.edit(person, message_id, text.trim())
    return reply.code(204).send()
  })

  app.post('/press', { schema: { body: Press } }, (request, reply) => {
    botApi.press(person, request.body.message_id, request.body.data)
    return reply.code(204).send()
  })
}
