import { Agent, request } from 'node:http'

/** A client that costs little: node:http with connections that stay open, `connections` of them. */
export function createClient(url: string, { connections = 1, secret = '' } = {}) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const { hostname, port, pathname } = new URL(url)

  /** Posts JSON and resolves with the status once the answer has ended. @throws when there is none. */
  function post(body: unknown): Promise<number> {
    const payload = Buffer.from(JSON.stringify(body))
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const headers = {
      'content-type': 'application/json',
      'content-length': payload.length,
      'x-telegram-bot-api-secret-token': secret,
    }
    const sent = request({ hostname, port, path: pathname, method: 'POST', agent, headers }, (response) => {
      response
        .resume()
        .once('end', () => resolve(response.statusCode ?? 0))
        .once('error', reject)
    })
    sent.once('error', reject).end(payload)
    return promise
  }

  return { post, close: () => agent.destroy() }
}

export type Client = ReturnType<typeof createClient>

/** Posts until the first 200, as fast as the machine lets it: what it takes a service to come up. */
export async function untilFirst200(url: string, body: unknown, secret: string): Promise<void> {
  for (;;) {
    const client = createClient(url, { secret })
    const status = await client.post(body).catch(() => 0)
    client.close()
    if (status === 200) return
    if (status !== 0 && status < 500) throw new Error(`The service answers ${status}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
