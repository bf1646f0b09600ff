import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The one path that there is. */
export const METRICS_PATH = '/metrics'

/** A slow or silent client is cut off after so long. */
const PATIENCE_MS = 10_000

interface Parts {
  host: string
  /** 0 takes any that is free. */
  port: number
  /** The answer, and its content type. */
  read: () => Promise<{ text: string; contentType: string }>
  onError: (error: unknown) => void
}

/** Serves GET /metrics and nothing else. Rejects when the address cannot be listened on. */
export async function serveMetrics({ host, port, read, onError }: Parts) {
  const server = createServer({ requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS }, async (request, response) => {
    const end = (status: number, text: string, headers = {}) =>
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(text)
    if (request.url?.split('?')[0] !== METRICS_PATH) return end(404, `Only ${METRICS_PATH} is here\n`)
    if (request.method !== 'GET') return end(405, 'Only GET\n', { allow: 'GET' })
    try {
      const { text, contentType } = await read()
      return end(200, text, { 'content-type': contentType })
    } catch (error) {
      onError(error)
      return end(500, 'The metrics could not be read\n')
    }
  })
  server.listen(port, host)
  await once(server, 'listening') // or throws what the server says
  server.on('error', onError) // such as no file handle left for a connection: no reason to end the service
  const address = server.address() as AddressInfo // it listens on a port
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${name}:${address.port}${METRICS_PATH}`,
    async close(): Promise<void> {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
