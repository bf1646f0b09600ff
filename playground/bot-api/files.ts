import { randomBytes } from 'node:crypto'
import { extname } from 'node:path'

export type FileKind = 'document' | 'photo' | 'voice' | 'sticker'

/** A file as the stand-in keeps it. `file_size` is what Telegram claims; only `content` is ever sent. */
export type StoredFile = {
  kind: FileKind
  file_id: string
  file_unique_id: string
  file_size: number
  file_name: string
  mime_type: string
  content: Buffer
  /** Given by getFile; before that there is nothing to download. */
  file_path?: string
}

export type NewFile = {
  kind: FileKind
  content: Buffer
  name?: string | undefined
  /** Counts only where the name's extension says nothing. */
  type?: string | undefined
  claimedSize?: number | undefined
}

const unknownType = 'application/octet-stream'
const folders: Record<FileKind, string> = { document: 'documents', photo: 'photos', voice: 'voice', sticker: 'stickers' }
const types: Record<string, string> = {
  '.txt': 'text/plain',
  '.md': 'text/markdown',
  '.html': 'text/html',
  '.csv': 'text/csv',
  '.json': 'application/json',
  '.pdf': 'application/pdf',
  '.zip': 'application/zip',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.oga': 'audio/ogg',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
}

/** The files of all chats, by the ids that Telegram gives them. */
export function createFiles() {
  const byId = new Map<string, StoredFile>()
  const byPath = new Map<string, StoredFile>()
  return {
    add({ kind, content, name = 'file', type, claimedSize = content.length }: NewFile): StoredFile {
      const file: StoredFile = {
        kind,
        file_id: `BQAC${randomBytes(33).toString('base64url')}`,
        file_unique_id: `AgAD${randomBytes(8).toString('base64url')}`,
        file_size: claimedSize,
        file_name: name,
        mime_type: types[extname(name).toLowerCase()] ?? (type || unknownType),
        content,
      }
      byId.set(file.file_id, file)
      return file
    },
    find: (fileId: string): StoredFile | undefined => byId.get(fileId),
    /** Makes a file ready for download; the same path each time. */
    prepare(file: StoredFile): string {
      file.file_path ??= `${folders[file.kind]}/file_${byPath.size}${extname(file.file_name)}`
      byPath.set(file.file_path, file)
      return file.file_path
    },
    at: (path: string): StoredFile | undefined => byPath.get(path),
  }
}
