import type { ServerResponse } from 'node:http'
import type { Reply } from './calls.ts'

/** Writes the answer to a call, or breaks it in the way that was asked for. */
export function writeReply(response: ServerResponse, reply: Reply): void {
  const body = reply.content ?? Buffer.from(JSON.stringify(reply.body))
  const type = reply.content ? 'application/octet-stream' : 'application/json'
  const { socket } = response
  switch (reply.broken) {
    case 'hang':
      return
    case 'reset':
    case 'lost':
      socket?.destroy()
      return
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end('<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n')
      return
    case 'truncated':
      response.writeHead(200, { 'content-type': type, 'content-length': body.length })
      response.write(body.subarray(0, body.length / 2), () => socket?.destroy())
      return
    default:
      response.writeHead(reply.status, { 'content-type': type, 'content-length': body.length })
      response.end(body)
  }
}
