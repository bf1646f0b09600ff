// The Messages API without the SDK: a check wants to see what is on the wire.
import { PATIENCE_MS } from './finding.ts'

/** The version that the SDK sends. */
const VERSION = '2026-10-21'

export type Json = Record<string, unknown>

export interface Answer {
  status: number
  headers: Headers
  /** {} where it was no JSON. */
  body: Json
}

export type Event = { type: string } & Json

/** One request a call, without another try. Rejects with a short sentence where no answer comes in time. */
export function createMessages({ apiKey, baseURL }: { apiKey: string; baseURL: string }) {
  const address = `${baseURL.replace(/\/+$/, '')}/v1/messages`

  async function post(body: string, key: string, timeoutMs: number): Promise<Response> {
    const headers = { authorization: `Bearer ${key}`, 'anthropic-version': VERSION, 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(timeoutMs)
    return await fetch(address, { method: 'POST', headers, body, signal })
  }

  return {
    async ask(body: Json | string, { key = apiKey, timeoutMs = PATIENCE_MS } = {}): Promise<Answer> {
      try {
        const raw = typeof body === 'string' ? body : JSON.stringify(body)
        const response = await post(raw, key, timeoutMs)
        const { status, headers } = response
        return { status, headers, body: parse(await response.text()) }
      } catch (error) {
        throw new Error(sentenceOf(error), { cause: error })
      }
    },

    /** The events of a streamed answer, and when its first byte came. */
    async stream(body: Json, timeoutMs = PATIENCE_MS) {
      try {
        const begin = performance.now()
        const response = await post(JSON.stringify({ ...body, stream: true }), apiKey, timeoutMs)
        const chunks: Uint8Array[] = []
        let firstByteMs = 0
        for await (const chunk of response.body ?? []) {
          firstByteMs ||= performance.now() - begin
          chunks.push(chunk)
        }
        const text = Buffer.concat(chunks).toString()
        const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => parse(data) as Event)
        return { status: response.status, type: response.headers.get('content-type') ?? '', events, firstByteMs, text }
      } catch (error) {
        throw new Error(sentenceOf(error), { cause: error })
      }
    },
  }
}

export type Messages = ReturnType<typeof createMessages>

/** What the API calls an error, and its words. */
export function errorOf({ body }: Pick<Answer, 'body'>): { type: string; message: string } {
  const { type, message } = (body.error ?? {}) as { type?: unknown; message?: unknown } // as documented; read with care
  return { type: String(type ?? ''), message: String(message ?? '') }
}

function parse(text: string): Json {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Json) : {}
  } catch {
    return {}
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time'
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined
  return cause && 'code' in cause ? `no connection (${String(cause.code)})` : 'no connection'
}
