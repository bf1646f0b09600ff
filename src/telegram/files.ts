import { setTimeout as sleep } from 'node:timers/promises'
import { TelegramError } from 'telegraf'
import type { Message } from 'telegraf/types'
import type { Attachment } from '../attachment.ts'
import { Failure } from '../failure.ts'
import { type Api, retryDelay } from './api.ts'

/** What Claude takes: an image of 5 MB as base64, and a text that leaves room to think. */
const MOST_BYTES = { image: 3_750_000, pdf: 8_000_000, text: 300_000 } as const
/** What comes together: a board holds it five times over, as base64 in each request. */
const MOST_TOGETHER = 8_000_000
const TRIES = 3
/** Files lately fetched are kept: five directors read the same one. */
const KEPT_BYTES = 30_000_000

const textEndings =
  /\.(txt|md|csv|tsv|json|jsonl|xml|ya?ml|toml|ini|log|html?|css|[jt]sx?|py|rb|go|rs|java|kt|c|h|cpp|cs|php|sh|sql|tex|srt|ics)$/i
const imageTypes = /^image\/(jpeg|png|gif|webp)$/

/** What a message brings beside its words: a file that can be read, or a sentence why not. */
type Brought = { file: Attachment } | { refusal: string } | undefined

/** Looks at what messages bring. What Telegram says of size and type is checked before anything is fetched. */
export function attachmentsOf(messages: Message[]): { files: Attachment[]; refusals: string[] } {
  // A reply to a photo or file speaks of that, unless it brings one of its own.
  const all = messages.map((message) => {
    const replied = 'reply_to_message' in message ? message.reply_to_message : undefined
    const [own, other] = [attachmentOf(message), replied && attachmentOf(replied)]
    return own ?? (other && 'file' in other ? other : undefined)
  })
  const found = all.flatMap((brought) => (brought && 'file' in brought ? [brought.file] : []))
  const files = [...new Map(found.map((file) => [file.fileId, file])).values()]
  const refusals = all.flatMap((brought) => (brought && 'refusal' in brought ? [brought.refusal] : []))
  if (files.reduce((sum, { bytes }) => sum + bytes, 0) > MOST_TOGETHER) {
    refusals.push(`Together these files are too large for me: I can take ${sizeInWords(MOST_TOGETHER)} at a time.`)
    files.length = 0
  }
  return { files, refusals: [...new Set(refusals)] }
}

function attachmentOf(message: Message): Brought {
  if ('photo' in message) {
    const sizes = message.photo.filter(({ file_size = 0 }) => file_size <= MOST_BYTES.image)
    const best = sizes.toSorted((a, b) => a.width * a.height - b.width * b.height).at(-1)
    if (!best) return { refusal: 'The photo is too large for me.' }
    const { file_id: fileId, file_size: bytes = 0 } = best
    return { file: { fileId, kind: 'image', mediaType: 'image/jpeg', name: 'photo.jpg', bytes } }
  }
  if ('voice' in message || 'audio' in message || 'video_note' in message) {
    return { refusal: "I can't listen to voice messages or audio, sorry. Could you write it to me?" }
  }
  if ('animation' in message || 'video' in message) return { refusal: "I can't watch videos, sorry. A photo I can look at." }
  if ('document' in message) return documentOf(message.document)
  const isUnreadable = ['sticker', 'contact', 'location', 'poll', 'dice', 'story'].some((kind) => kind in message)
  return isUnreadable
    ? { refusal: 'I can read text, photos, PDFs and text files; with this I can do nothing, sorry.' }
    : undefined
}

function documentOf(document: Message.DocumentMessage['document']): Brought {
  const { file_id: fileId, file_name = 'the file', mime_type: mediaType = '', file_size: bytes = 0 } = document
  const name = file_name
    .replace(/[\p{C}\s]+/gu, ' ')
    .slice(-80)
    .toWellFormed()
  const kind = kindOf(mediaType, name)
  if (!kind) return { refusal: `I can't read ${name}: photos, PDFs and text files are what I can look at.` }
  const most = MOST_BYTES[kind]
  if (bytes > most) {
    return { refusal: `${name} is too large for me: ${sizeInWords(bytes)}, and I can take ${sizeInWords(most)} at most.` }
  }
  return { file: { fileId, kind, mediaType, name, bytes } }
}

function kindOf(mediaType: string, name: string): Attachment['kind'] | undefined {
  if (imageTypes.test(mediaType)) return 'image'
  if (mediaType === 'application/pdf' || /\.pdf$/i.test(name)) return 'pdf'
  return /^text\//.test(mediaType) || mediaType === 'application/json' || textEndings.test(name) ? 'text' : undefined
}

/** Fetches files by the Bot API, each within its size and a time, and keeps the latest. */
export function createFiles(api: Api) {
  const kept = new Map<string, Buffer>()
  const underway = new Map<string, Promise<Buffer>>()

  async function fetch({ fileId, kind }: Attachment, signal: AbortSignal): Promise<Buffer> {
    const { file_path: path } = await api.callApi('getFile', { file_id: fileId }, { signal: signal as never })
    if (!path) throw new Failure('Telegram does not give the file')
    return api.download(path, MOST_BYTES[kind], signal)
  }

  function keep(fileId: string, bytes: Buffer): void {
    kept.set(fileId, bytes)
    let total = [...kept.values()].reduce((sum, { length }) => sum + length, 0)
    for (const [oldest, { length }] of kept) {
      if (total <= KEPT_BYTES) return
      kept.delete(oldest)
      total -= length
    }
  }

  async function fetchPatiently(file: Attachment, signal: AbortSignal): Promise<Buffer> {
    for (let tries = 1; ; tries++) {
      try {
        const bytes = await fetch(file, signal)
        keep(file.fileId, bytes)
        return bytes
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof Failure) throw error
        const delayMs = retryDelay(error, tries)
        const isFinal = delayMs === undefined || (error instanceof TelegramError && [401, 404].includes(error.code))
        if (isFinal || tries >= TRIES) throw new Failure(`I could not get ${file.name} from Telegram`, error)
        await sleep(Math.min(delayMs, 5_000), undefined, { signal })
      }
    }
  }

  /** @throws {Failure} with a sentence when it cannot be had; the signal's reason when that aborts. */
  return async function load(file: Attachment, signal: AbortSignal): Promise<Buffer> {
    // Somebody else's fetch may end by their signal; then this one tries for itself.
    const shared = underway.get(file.fileId)
    const found = kept.get(file.fileId) ?? (shared && (await shared.catch(() => undefined)))
    if (found) return found
    signal.throwIfAborted()
    const fetching = fetchPatiently(file, signal).finally(() => underway.delete(file.fileId))
    underway.set(file.fileId, fetching)
    return fetching
  }
}

/** `3.4 MB`, `812 kB`. */
function sizeInWords(bytes: number): string {
  return bytes >= 1_000_000 ? `${Math.round(bytes / 100_000) / 10} MB` : `${Math.ceil(bytes / 1_000)} kB`
}
