// Images and documents, with the API's words as they have been seen in the wild.
import { demand, demandKnown, isObject, type Json } from './demand.ts'
import { decoded, imageTypeOf, imageTypes, sizeOf } from './media.ts'

// Of the base64, not of the bytes. The API itself has been seen to take 10 MB; other clouds that serve Claude take 5.
const maximumImageLength = 5 * 1024 * 1024
const maximumPixels = 8000

const imageFields = new Set(['type', 'source', 'cache_control', 'transformations'])
const documentFields = new Set(['type', 'source', 'title', 'context', 'citations', 'cache_control'])
const inlineFields = new Set(['type', 'media_type', 'data'])
const referenceFields: Record<string, string> = { url: 'url', file: 'file_id' }

/** Throws Invalid for an image block that the API would refuse. */
export function checkImage(block: Json, path: string): void {
  demandKnown(block, imageFields, `${path}.image.`)
  const source = checkSource(block.source, `${path}.image.source`, ['base64'])
  if (!source) return
  const at = `${path}.image.source.base64`
  const { media_type, data } = source
  const known = imageTypes.some((type) => type === media_type)
  demand(known, `${at}.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'`)
  demand(data !== '', `${at}.data: image cannot be empty`)
  const bytes = decoded(data)
  demand(bytes !== undefined, `${at}.data: invalid base64 data`)
  demand(
    data.length <= maximumImageLength,
    `${at}: image exceeds 5 MB maximum: ${data.length} bytes > ${maximumImageLength} bytes`,
  )
  demand(imageTypeOf(bytes) === media_type, `${at}.data: Image does not match the provided media type ${media_type}`)
  const { width = 0, height = 0 } = sizeOf(bytes) ?? {}
  demand(
    Math.max(width, height) <= maximumPixels,
    `${at}.data: At least one of the image dimensions exceed max allowed size: ${maximumPixels} pixels`,
  )
}

/** Throws Invalid for a document block that the API would refuse; a document of `content` blocks is not looked into. */
export function checkDocument(block: Json, path: string): void {
  const at = `${path}.document`
  demandKnown(block, documentFields, `${at}.`)
  for (const field of ['title', 'context']) {
    demand(block[field] == null || typeof block[field] === 'string', `${at}.${field}: Input should be a valid string`)
  }
  const { citations } = block
  if (citations != null) {
    demand(isObject(citations), `${at}.citations: Input should be a valid dictionary`)
    demandKnown(citations, new Set(['enabled']), `${at}.citations.`)
  }
  const source = checkSource(block.source, `${at}.source`, ['base64', 'text', 'content'])
  if (source?.type === 'text') {
    demand(source.media_type === 'text/plain', `${at}.source.text.media_type: Input should be 'text/plain'`)
    demand(source.data.trim() !== '', `${at}.source.text.data: document text must contain non-whitespace text`)
  }
  if (source?.type !== 'base64') return
  const where = `${path}.pdf.source.base64`
  demand(source.media_type === 'application/pdf', `${where}.media_type: Input should be 'application/pdf'`)
  demand(source.data !== '', `${where}.data: PDF cannot be empty`)
  const bytes = decoded(source.data)
  demand(bytes !== undefined, `${where}.data: invalid base64 data`)
  demand(bytes.includes('%PDF-') && bytes.indexOf('%PDF-') < 1024, `${where}.data: The PDF specified was not valid.`)
}

type Inline = { type: string; media_type: string; data: string }

/** The source if its data stands in the request; undefined for references, whose shape is all there is to check. */
function checkSource(source: unknown, path: string, inline: string[]): Inline | undefined {
  demand(isObject(source) && typeof source.type === 'string', `${path}: Field required`)
  const { type } = source
  const reference = referenceFields[type]
  const tags = [...inline, ...Object.keys(referenceFields)].map((tag) => `'${tag}'`).join(', ')
  demand(
    reference !== undefined || inline.includes(type),
    `${path}: Input tag '${type}' found using 'type' does not match any of the expected tags: ${tags}`,
  )
  if (type === 'content') return undefined
  demandKnown(source, reference ? new Set(['type', reference]) : inlineFields, `${path}.${type}.`)
  for (const field of reference ? [reference] : ['media_type', 'data']) {
    demand(typeof source[field] === 'string', `${path}.${type}.${field}: Input should be a valid string`)
  }
  return reference ? undefined : (source as Inline) // as the lines before have found it
}
