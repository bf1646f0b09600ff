import type { Attachment } from '../attachment.ts'
import { Failure, LastingFailure } from '../failure.ts'
import type { Message } from './claude.ts'

type ApiBlock = Message['content'][number]

/** A file in a stored conversation: only what it is fetched by. */
export interface AttachmentBlock {
  type: 'attachment'
  attachment: Attachment
}

/** A message as it is stored: the API's blocks, and files that are put in before it is sent. */
export interface Said {
  role: Message['role']
  content: (ApiBlock | AttachmentBlock)[]
}

/** Fetches a file. @throws {Failure} with a sentence when it cannot be had. */
export type LoadFile = (attachment: Attachment, signal: AbortSignal) => Promise<Buffer>

/** How many tokens a file is reckoned at: an image at its most, a PDF and a text by their size. */
export function attachmentTokens({ kind, bytes }: Attachment): number {
  if (kind === 'image') return 1_600
  return kind === 'text' ? Math.ceil(bytes / 3) : Math.min(60_000, Math.max(2_000, Math.ceil(bytes / 10)))
}

/** Files as Claude takes them. @throws {Failure} naming the first that cannot be had or read. */
export async function toBlocks(files: readonly Attachment[], load: LoadFile, signal: AbortSignal): Promise<ApiBlock[]> {
  return Promise.all(files.map(async (file) => toBlock(file, await load(file, signal))))
}

/** How long a turn waits for a file of an earlier one. */
const EARLIER_FILE_MS = 4_000

/** Puts files into messages. One of the `earlier` first messages that cannot be had any more is named instead; else it is a failure. */
export async function withFiles(messages: Said[], earlier: number, load: LoadFile, signal: AbortSignal): Promise<Message[]> {
  return Promise.all(
    messages.map(async ({ role, content }, index) => {
      const blocks = content.map(async (block) => {
        if (!isAttachment(block)) return [block]
        if (index >= earlier) return toBlocks([block.attachment], load, signal)
        const patience = AbortSignal.any([signal, AbortSignal.timeout(EARLIER_FILE_MS)])
        return toBlocks([block.attachment], load, patience).catch((error) => {
          signal.throwIfAborted()
          if (patience.aborted || error instanceof Failure) return [withoutFile(block)]
          throw error
        })
      })
      return { role, content: (await Promise.all(blocks)).flat() }
    }),
  )
}

/** What stands in a conversation where a file cannot be had or read. */
export function withoutFile({ attachment }: AttachmentBlock): ApiBlock {
  return { type: 'text', text: `(A file, ${attachment.name}, which could not be read.)` }
}

export function isAttachment(block: { type: string }): block is AttachmentBlock {
  return block.type === 'attachment'
}

const beginnings = { 'image/jpeg': 'ffd8ff', 'image/png': '89504e47', 'image/gif': '47494638', 'image/webp': '52494646' }
type ImageType = keyof typeof beginnings

function toBlock({ kind, name }: Attachment, bytes: Buffer): ApiBlock {
  const unreadable = new LastingFailure(`I cannot read ${name}: it is not the kind of file that it says`)
  const data = () => bytes.toString('base64')
  if (kind === 'image') {
    const types = Object.keys(beginnings) as ImageType[] // the keys of a constant
    const media_type = types.find((type) => bytes.subarray(0, 4).toString('hex').startsWith(beginnings[type]))
    if (!media_type) throw unreadable
    return { type: 'image', source: { type: 'base64', media_type, data: data() } }
  }
  if (kind === 'pdf') {
    if (!bytes.subarray(0, 1024).includes('%PDF-')) throw unreadable
    return { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: data() }, title: name }
  }
  const text = decode(bytes)
  if (text === undefined) throw unreadable
  if (!text.trim()) throw new LastingFailure(`${name} is empty`)
  return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, title: name }
}

/** UTF-8, else what older programs write in the West; with a NUL in it, it is no text. */
function decode(bytes: Buffer): string | undefined {
  const mark = bytes.length > 1 ? bytes.readUInt16BE(0) : 0
  if (mark === 0xfffe || mark === 0xfeff) return new TextDecoder(mark === 0xfffe ? 'utf-16le' : 'utf-16be').decode(bytes)
  if (bytes.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
