import type { Agent, IncomingHttpHeaders } from 'node:http'
import { request } from 'node:http'

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string }

/**
 * Posts bytes to an address on this machine and reads the whole answer.
 * Rejects when there is no complete answer within `timeoutMs`, or when the signal says stop.
 */
export function exchange(options: {
  url: string
  headers: Record<string, string>
  body: string | Uint8Array
  timeoutMs: number
  agent?: Agent
  signal?: AbortSignal
}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const { url, agent, signal, timeoutMs } = options
  const length = String(Buffer.byteLength(options.body))
  const headers = { 'content-length': length, ...options.headers }
  const outgoing = request(url, { method: 'POST', headers, agent, signal }, async (response) => {
    try {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() })
    } catch (error) {
      reject(error)
    }
  })
  outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error('Read timeout expired')))
  outgoing.on('error', reject)
  outgoing.end(options.body)
  return promise
}
