import type { NewFile } from './files.ts'
import { imageSize } from './image-size.ts'
import { toDocument } from './message-object.ts'
import type { Extra, PersonChat, Sent } from './person-chat.ts'
import { captionFields } from './person-chat.ts'
import { maxCaptionUnits } from './read-message.ts'
import type { Person, State, Update } from './state.ts'

type Who = Person | number
/** `mediaGroupId` is Telegram's string for the messages of one album. */
type Captioned = { caption?: string; mediaGroupId?: string }
/** Sizes are read from PNG and JPEG bytes where not given. */
export type PhotoToSend = Captioned & Extra & { bytes: Uint8Array; width?: number; height?: number }
export type DocumentToSend = Captioned &
  Extra & {
    bytes: Uint8Array
    name?: string
    mime?: string
    /** What Telegram claims, to try what is too large without having the bytes. */
    fileSize?: number
  }
export type VoiceToSend = { caption?: string; bytes?: Uint8Array; duration?: number; fileSize?: number } & Extra
export type AlbumItem = { bytes: Uint8Array; caption?: string; name?: string; mime?: string }

/** The longer sides, in pixels, of the smaller versions that Telegram makes of a photo. */
const thumbnailSides = [90, 320]

/** What people send besides text. */
export function createPersonMedia(chat: PersonChat) {
  const { state } = chat
  let albums = 0

  function sendPhoto(who: Who, { bytes, width, height, caption, mediaGroupId, ...extra }: PhotoToSend): Update {
    const sent = photoOf(state, bytes, { width, height })
    return chat.post(who, withCaption(sent, caption, mediaGroupId), extra)
  }

  function sendDocument(who: Who, document: DocumentToSend): Update {
    const { bytes, name, mime, fileSize, caption, mediaGroupId, ...extra } = document
    const file: NewFile = { kind: 'document', content: Buffer.from(bytes), name, type: mime, claimedSize: fileSize }
    const { kind, file_path, ...kept } = state.files.add(file)
    const shown = mime ? { ...kept, mime_type: mime } : kept
    const { file_name, ...fields } = toDocument(shown)
    const sent = {
      fields: { document: { ...(name !== undefined && { file_name }), ...fields } },
      shown: { text: '', document: shown },
    }
    return chat.post(who, withCaption(sent, caption, mediaGroupId), extra)
  }

  return {
    sendPhoto,
    sendDocument,

    sendVoice(who: Who, { caption, bytes = Buffer.from('voice'), duration = 3, fileSize, ...extra }: VoiceToSend = {}): Update {
      const content = Buffer.from(bytes)
      const file = state.files.add({ kind: 'voice', content, name: 'voice.oga', claimedSize: fileSize })
      const { file_id, file_unique_id, file_size, mime_type } = file
      const voice = { duration, mime_type, file_id, file_unique_id, file_size }
      return chat.post(who, withCaption({ fields: { voice }, shown: { text: '', voice: true } }, caption), extra)
    },

    sendSticker(who: Who, { emoji = '👍', ...extra }: { emoji?: string } & Extra = {}): Update {
      const file = state.files.add({ kind: 'sticker', content: Buffer.from('sticker'), name: 'sticker.webp' })
      const { file_id, file_unique_id, file_size } = file
      const kind = { type: 'regular', is_animated: false, is_video: false, width: 512, height: 512 }
      const sticker = { ...kind, emoji, set_name: 'Stickers', file_id, file_unique_id, file_size }
      return chat.post(who, { fields: { sticker }, shown: { text: '', sticker: emoji } }, extra)
    },

    /** One message an item, all at once. An item with a name, or of a type that is no image, makes it an album of documents. */
    sendAlbum(who: Who, items: AlbumItem[], extra: Extra = {}): Update[] {
      if (items.length < 2 || items.length > 10) throw new RangeError('An album has 2 to 10 items')
      albums += 1
      const mediaGroupId = String(13_900_000_000_000_000 + albums)
      const asDocuments = items.some(({ name, mime }) => name !== undefined || (mime && !mime.startsWith('image/')))
      return items.map(({ bytes, caption, name, mime }) =>
        asDocuments
          ? sendDocument(who, { ...extra, bytes, caption, name, mime, mediaGroupId })
          : sendPhoto(who, { ...extra, bytes, caption, mediaGroupId }),
      )
    },
  }
}

/** A photo in all its versions. Only the largest, the last, is the image; of the others there is as much as their size says. */
export function photoOf(state: State, bytes: Uint8Array, given: { width?: number; height?: number } = {}): Sent {
  const content = Buffer.from(bytes)
  const read = imageSize(content) ?? { width: 1280, height: 960 }
  const width = given.width ?? read.width
  const height = given.height ?? read.height
  const scales = thumbnailSides.map((side) => side / Math.max(width, height)).filter((scale) => scale < 1)
  const photo = [...scales, 1].map((scale) => {
    const part = content.subarray(0, Math.ceil(content.length * scale * scale))
    const { file_id, file_unique_id, file_size } = state.files.add({ kind: 'photo', content: part, name: 'photo.jpg' })
    const sides = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
    return { file_id, file_unique_id, file_size, ...sides }
  })
  return { fields: { photo }, shown: { text: '', photo: { content, width, height } } }
}

export function withCaption({ fields, shown }: Sent, caption = '', mediaGroupId?: string): Sent {
  if (caption.length > maxCaptionUnits) throw new RangeError(`A person's caption has at most ${maxCaptionUnits} units`)
  return {
    fields: { ...(mediaGroupId && { media_group_id: mediaGroupId }), ...fields, ...captionFields(caption) },
    shown: { ...shown, text: caption, ...(mediaGroupId && { media_group: mediaGroupId }) },
  }
}
