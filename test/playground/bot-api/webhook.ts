import { once } from 'node:events'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Update } from '../../../playground/bot-api/state.ts'

export type Received = { update: Update; headers: IncomingHttpHeaders; attempt: number }

/** A webhook whose answers the test decides; keeps what it received. */
export async function listenForUpdates(answer: (received: Received, response: ServerResponse) => void) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const update = JSON.parse(text) as Update
    const attempt = received.filter((earlier) => earlier.update.update_id === update.update_id).length + 1
    const entry = { update, headers: request.headers, attempt }
    received.push(entry)
    answer(entry, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.close()
    server.closeAllConnections()
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  return { url, received, ids: () => received.map(({ update }) => update.update_id), [Symbol.asyncDispose]: close }
}

export function end(response: ServerResponse, status = 200, headers: Record<string, string> = {}, body = ''): void {
  response.writeHead(status, headers).end(body)
}
