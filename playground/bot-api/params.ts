import type { IncomingMessage } from 'node:http'
import { badRequest } from './refusal.ts'

/** What a call carries, by name. Forms bring strings only; the readers below take both. */
export type Params = Record<string, unknown>

const nested = [
  ['reply_markup', 'reply_parameters', 'link_preview_options', 'allowed_updates'],
  ['commands', 'entities', 'caption_entities', 'scope'],
].flat()

/** A file part of a multipart call. In a journal that is printed it shows its size, not its bytes. */
export class Upload {
  readonly name: string
  readonly type: string
  readonly content: Buffer

  constructor(name: string, type: string, content: Buffer) {
    this.name = name
    this.type = type
    this.content = content
  }

  toJSON(): { file: string; size: number } {
    return { file: this.name, size: this.content.length }
  }
}

/** Reads query and body of a call: JSON, urlencoded or multipart, whichever the content type says. */
export async function readParams(request: IncomingMessage, query: URLSearchParams): Promise<Params> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  const type = request.headers['content-type'] ?? ''
  return { ...parseNested(Object.fromEntries(query)), ...(body.length > 0 ? await readBody(body, type) : {}) }
}

async function readBody(body: Buffer, type: string): Promise<Params> {
  if (/^application\/json\b/i.test(type)) {
    try {
      const value: unknown = JSON.parse(body.toString())
      if (isObject(value)) return value
    } catch {}
    throw badRequest("can't parse JSON object")
  }
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) {
    return parseNested(Object.fromEntries(new URLSearchParams(body.toString())))
  }
  if (/^multipart\/form-data\b/i.test(type)) {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => {
      throw badRequest("can't parse multipart form data")
    })
    const fields = [...form].map(async ([name, value]) => [name, typeof value === 'string' ? value : await toUpload(value)])
    return parseNested(Object.fromEntries(await Promise.all(fields)))
  }
  return {}
}

async function toUpload(file: File): Promise<Upload> {
  return new Upload(file.name, file.type, Buffer.from(await file.arrayBuffer()))
}

function parseNested(params: Params): Params {
  for (const name of nested) {
    const value = params[name]
    if (typeof value !== 'string' || value === '') continue
    try {
      params[name] = JSON.parse(value)
    } catch {
      throw badRequest(`can't parse ${name.replaceAll('_', ' ')} JSON object`)
    }
  }
  return params
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function readText(params: Params, name: string): string {
  const value = params[name]
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

export function readInteger(params: Params, name: string): number | undefined {
  const value = params[name]
  const number = typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

export function readFlag(params: Params, name: string): boolean {
  return ['true', '1', 'yes', 't', 'y'].includes(String(params[name] ?? '').toLowerCase())
}
