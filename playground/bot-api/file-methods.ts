import type { StoredFile } from './files.ts'
import type { Params } from './params.ts'
import { readText, Upload } from './params.ts'
import { postAsBot } from './post.ts'
import { readCaption, readChat } from './read-message.ts'
import { badRequest, Refusal } from './refusal.ts'
import type { State } from './state.ts'

/** What a bot may send and fetch, in bytes; Telegram's megabytes have 1,024 × 1,024 of them. */
export const maxUploadBytes = 50 * 1024 * 1024
export const maxDownloadBytes = 20 * 1024 * 1024

/** The methods that send files and fetch them. */
export const fileMethods = {
  sendDocument(params: Params, state: State): unknown {
    const content = readCaption(params)
    const chatId = readChat(params, state)
    const { kind, file_path, ...document } = readDocument(params, state)
    return postAsBot(chatId, { ...content, document }, params, state)
  },

  getFile(params: Params, state: State): unknown {
    const fileId = readText(params, 'file_id')
    if (fileId === '') throw badRequest('file_id not specified')
    if (!looksLikeFileId(fileId)) throw badRequest('invalid file_id')
    const file = state.files.find(fileId)
    if (!file) throw badRequest('wrong file_id or the file is temporarily unavailable')
    if (file.file_size > maxDownloadBytes) throw badRequest('file is too big')
    const { file_id, file_unique_id, file_size } = file
    return { file_id, file_unique_id, file_size, file_path: state.files.prepare(file) }
  },
}

function readDocument(params: Params, state: State): StoredFile {
  const given = params.document
  const part = typeof given === 'string' && given.startsWith('attach://') ? params[given.slice('attach://'.length)] : given
  if (part instanceof Upload) {
    if (part.content.length === 0) throw badRequest('file must be non-empty')
    if (part.content.length > maxUploadBytes) throw new Refusal(413, 'Request Entity Too Large')
    // Telegram goes by the name's extension; the type of the part only helps where that says nothing.
    return state.files.add({ kind: 'document', content: part.content, name: part.name || undefined, type: part.type })
  }
  if (typeof part !== 'string' || part === '') throw badRequest('there is no document in the request')
  const file = state.files.find(part)
  // Telegram would fetch an address itself; nothing here sends one, so it counts as a mistake.
  if (!file) throw badRequest('wrong file identifier/HTTP URL specified')
  if (file.kind !== 'document') throw badRequest(`can't use file of type ${file.kind} as Document`)
  return file
}

function looksLikeFileId(fileId: string): boolean {
  return /^[\w-]{20,}$/.test(fileId)
}
