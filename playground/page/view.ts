import { isObject, readInteger } from '../bot-api/params.ts'
import type { ChatMessage } from '../bot-api/state.ts'

/** A message as the page gets it. Files go as addresses on the page's own server. */
export function toView(message: ChatMessage) {
  const { document, photo } = message
  return {
    id: message.message_id,
    mine: message.from === 'person',
    text: message.text,
    entities: message.entities,
    date: message.date,
    edited: message.edited,
    delivered: message.delivered,
    silent: message.disable_notification,
    replyTo: message.reply_to,
    quote: message.quote,
    forwardedFrom: message.forwarded_from,
    album: message.media_group,
    photo: photo && { url: `/file/${photoId(message)}`, width: photo.width, height: photo.height },
    document: document && { url: `/file/${document.file_id}`, name: document.file_name, size: document.file_size },
    voice: message.voice && { seconds: secondsOf(message) },
    sticker: message.sticker,
    keyboard: message.reply_markup?.inline_keyboard,
  }
}

/** Of a photo's versions only the largest is the picture, so here the message stands for all of them. */
export function photoId(message: ChatMessage): string {
  return `photo-${message.message_id}`
}

function secondsOf({ payload }: ChatMessage): number {
  return (isObject(payload.voice) && readInteger(payload.voice, 'duration')) || 0
}
