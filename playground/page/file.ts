import type { ChatMessage } from '../bot-api/state.ts'
import { photoId } from './view.ts'

/** What a browser shows by itself, and as what; anything else is saved. */
const shown: Record<string, string> = {
  'text/html': 'text/html; charset=utf-8',
  'text/plain': 'text/plain; charset=utf-8',
  'text/markdown': 'text/plain; charset=utf-8',
  'text/csv': 'text/plain; charset=utf-8',
  'application/json': 'application/json; charset=utf-8',
  'application/pdf': 'application/pdf',
  'image/png': 'image/png',
  'image/jpeg': 'image/jpeg',
  'image/gif': 'image/gif',
  'image/webp': 'image/webp',
}

// What stands in a document came from a model or from anyone: it may look as it likes, but run, load and send nothing.
const harmless =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

/** A file of the chat with the headers that it is sent with; the id is the document's `file_id`, or names a photo's message. */
export function findFile(
  messages: ChatMessage[],
  id: string,
): { content: Buffer; headers: Record<string, string> } | undefined {
  for (const message of messages) {
    const { document, photo } = message
    if (photo && photoId(message) === id)
      return { content: photo.content, headers: toHeaders(imageType(photo.content), 'photo') }
    if (document?.file_id === id) {
      return { content: document.content, headers: toHeaders(document.mime_type, document.file_name) }
    }
  }
  return undefined
}

function toHeaders(mime: string, name: string): Record<string, string> {
  const type = shown[mime.split(';')[0]?.trim().toLowerCase() ?? '']
  return {
    'content-type': type ?? 'application/octet-stream',
    'content-disposition': `${type ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(name.toWellFormed())}`,
    // Chrome's viewer, which is a sandbox of its own, refuses a sandboxed PDF.
    ...(type !== 'application/pdf' && { 'content-security-policy': harmless }),
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'cache-control': 'private, max-age=3600',
  }
}

function imageType(content: Buffer): string {
  if (content.toString('latin1', 1, 4) === 'PNG') return 'image/png'
  return content.toString('latin1', 8, 12) === 'WEBP' ? 'image/webp' : 'image/jpeg'
}
