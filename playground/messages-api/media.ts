// Images and documents in a request: as much of their bytes as the checks, the token count and the offline model read.
import { isObject } from './demand.ts'
import type { Block } from './request.ts'

export const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const

const tokensPerPage = 2000
const tokensPerImage = { unknown: 1500, most: 1600, pixelsEach: 750 }

type Size = { width: number; height: number }

/** The bytes, or undefined for what is not base64 as the API takes it: padded, without line ends. */
export function decoded(data: string): Buffer | undefined {
  const valid = data.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(data)
  return valid ? Buffer.from(data, 'base64') : undefined
}

/** What the first bytes say, whatever the request calls it. */
export function imageTypeOf(bytes: Buffer): (typeof imageTypes)[number] | undefined {
  const start = bytes.toString('latin1', 0, 12)
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (start.startsWith('\x89PNG')) return 'image/png'
  if (/^GIF8[79]a/.test(start)) return 'image/gif'
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'image/webp' : undefined
}

/** In pixels; undefined where the header is cut off or of a rare form. */
export function sizeOf(bytes: Buffer): Size | undefined {
  switch (imageTypeOf(bytes)) {
    case 'image/png':
      return bytes.length < 24 ? undefined : { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
    case 'image/gif':
      return bytes.length < 10 ? undefined : { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
    case 'image/jpeg':
      return sizeOfJpeg(bytes)
    default:
      return undefined
  }
}

function sizeOfJpeg(bytes: Buffer): Size | undefined {
  let at = 2
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes.readUInt8(at + 1)
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}

/** Naive: counts page objects that are not compressed, and is never below 1. */
export function pagesOf(pdf: Buffer): number {
  return Math.max(1, pdf.toString('latin1').match(/\/Type\s*\/Page(?![A-Za-z])/g)?.length ?? 0)
}

/** A file in a request as its block tells it; undefined for a block that carries none, or only a reference. */
export type Medium = { kind: 'image' | 'pdf' | 'text'; mediaType: string; bytes: Buffer; title?: string }

export function mediumOf({ type, source, title }: Block): Medium | undefined {
  if ((type !== 'image' && type !== 'document') || !isObject(source)) return undefined
  const { media_type, data } = source
  if (typeof media_type !== 'string' || typeof data !== 'string') return undefined
  const kind = type === 'image' ? 'image' : source.type === 'text' ? 'text' : 'pdf'
  const bytes = kind === 'text' ? Buffer.from(data) : Buffer.from(data, 'base64')
  return { kind, mediaType: media_type, bytes, ...(typeof title === 'string' && { title }) }
}

/** What an image or a PDF costs, whatever its bytes weigh; undefined for a block that is counted by its text. */
export function mediaTokens(block: Block): number | undefined {
  const medium = mediumOf(block)
  if (medium?.kind === 'pdf') return pagesOf(medium.bytes) * tokensPerPage
  if (medium?.kind !== 'image') return block.type === 'image' ? tokensPerImage.unknown : undefined
  const size = sizeOf(medium.bytes)
  if (!size) return tokensPerImage.unknown
  return Math.min(tokensPerImage.most, Math.max(1, Math.ceil((size.width * size.height) / tokensPerImage.pixelsEach)))
}
