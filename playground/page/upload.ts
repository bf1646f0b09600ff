import type { BotApi } from '../bot-api/server.ts'
import { person } from './person.ts'

/** What the page sends along with a message: which one it answers, and the part of that which it quotes. */
export type Extra = { reply_to_message?: { message_id: number }; quote?: { text: string } }
export type Sending = { text: string; photos: Uint8Array[]; documents: { bytes: Uint8Array; name: string; mime: string }[] }

const albumSize = 10

/** Reads the page's form: fields `text`, `photo` and `document`, the latter two as often as there are files. */
export async function readForm(body: Buffer, type: string): Promise<{ form: FormData; sending: Sending }> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  const files = (name: string) => form.getAll(name).filter((value) => typeof value !== 'string')
  const photos = await Promise.all(files('photo').map((file) => file.bytes()))
  const documents = await Promise.all(
    files('document').map(async (file) => ({ bytes: await file.bytes(), name: file.name, mime: file.type })),
  )
  return { form, sending: { text: String(form.get('text') ?? '').trim(), photos, documents } }
}

/** Sends files as Telegram's apps do: albums of ten, photos first; the caption is on the first photo, or the last document. */
export function sendFiles(botApi: BotApi, { text, photos, documents }: Sending, extra: Extra): void {
  const caption = text || undefined
  const withPhotos = photos.map((bytes, index) => ({ bytes, caption: index === 0 ? caption : undefined }))
  for (const group of inAlbums(withPhotos)) {
    const [only] = group
    if (only && group.length === 1) botApi.sendPhoto(person, { ...only, ...extra })
    else botApi.sendAlbum(person, group, extra)
  }
  const last = photos.length > 0 ? -1 : documents.length - 1
  const withDocuments = documents.map((document, index) => ({ ...document, caption: index === last ? caption : undefined }))
  for (const group of inAlbums(withDocuments)) {
    const [only] = group
    if (only && group.length === 1) botApi.sendDocument(person, { ...only, ...extra })
    else botApi.sendAlbum(person, group, extra)
  }
}

function inAlbums<Item>(items: Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / albumSize) }, (_, at) =>
    items.slice(at * albumSize, (at + 1) * albumSize),
  )
}
