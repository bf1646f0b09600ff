import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeReply } from './answer.ts'
import { createCaller } from './calls.ts'
import type { FaultRule } from './faults.ts'
import { createFaults } from './faults.ts'
import { readParams } from './params.ts'
import { createPeople } from './person.ts'
import type { HeaderRecord } from './push.ts'
import { createPusher } from './push.ts'
import { Refusal } from './refusal.ts'
import { commandsKey, createSetupMethods } from './setup-methods.ts'
import type { ChatMessage, KnownChats, Update } from './state.ts'
import { createState } from './state.ts'
import { until } from './until.ts'

const callPath = /^\/bot(\d+:[\w-]+)\/(\w+)$/
const postTimeoutMs = 20_000

export type BotApi = Awaited<ReturnType<typeof createBotApi>>

/**
 * Starts a strict stand-in for Telegram's Bot API on 127.0.0.1: it refuses what Telegram refuses, in its words, pushes
 * updates to the webhook as Telegram does, and goes wrong on demand. `knownChats: 'strict'` refuses chats nobody wrote from.
 */
export async function createBotApi(
  options: { token?: string; username?: string; port?: number; retryBaseMs?: number; knownChats?: KnownChats } = {},
) {
  const state = createState({
    token: options.token ?? '7000000001:a-token-of-the-local-stand-in-00000',
    username: options.username ?? 'remy_local_bot',
    knownChats: options.knownChats ?? 'any',
  })
  const { events } = state
  events.setMaxListeners(0)
  let lastUpdateId = 100_000_000
  const nextUpdateId = () => ++lastUpdateId
  const faults = createFaults()
  const pusher = createPusher({
    state,
    retryBaseMs: options.retryBaseMs ?? 200,
    execute: (method, params) => caller.call(method, params, 'webhook answer'),
  })
  const caller = createCaller({ state, faults, setupMethods: createSetupMethods(pusher) })
  const people = createPeople({ state, nextUpdateId, push: (update) => pusher.push(update) })
  events.on('delivered', ({ update }) => markDelivered(state.find.bind(state), update))

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(`http://local${request.url}`)
    const [, token, method = pathname] = callPath.exec(pathname.replace(/%3a/i, ':')) ?? []
    try {
      const params = await readParams(request, searchParams)
      if (token === undefined) throw new Refusal(404, 'Not Found')
      if (token !== state.token) throw new Refusal(401, 'Unauthorized')
      writeReply(response, caller.call(method, params, 'request'))
    } catch (error) {
      writeReply(response, caller.refuse(method, error))
    }
  }

  async function close(): Promise<void> {
    if (!server.listening) return
    pusher.close()
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    ...people,
    /** The API root for the bot's client. */
    url: `http://127.0.0.1:${port}`,
    token: state.token,
    me: state.me,
    /** Every call in order, refused ones included. */
    calls: state.calls,
    events,

    /** The chat in order, as a person sees it. */
    messages: (chatId: number): ChatMessage[] => [...(state.chats.get(chatId) ?? [])],
    /** What the bot wrote in the chat. */
    sent: (chatId: number): ChatMessage[] => (state.chats.get(chatId) ?? []).filter(({ from }) => from === 'bot'),
    /** The bot's commands for everyone. */
    commands: () => state.commands.get(commandsKey({})) ?? [],

    until: <T>(predicate: () => T | undefined | null | false, timeoutMs?: number) => until(state, predicate, timeoutMs),

    nextUpdateId,
    /** Pushes any update as it is, whatever kinds the webhook asked for. */
    push(update: Update): Update {
      pusher.push(update)
      return update
    },
    /** Sets the webhook without a call. An https address registered later is still reached here. */
    target({ url, secret }: { url: string; secret?: string }): void {
      pusher.target(url)
      state.webhook = { url, secret, allowedUpdates: undefined, maxConnections: 40, lastError: undefined }
      pusher.changed()
    },
    /**
     * One request to the webhook, sent once. `raw` is sent as it stands, in place of the body as JSON;
     * `secret: null` leaves the header out; without it the registered secret goes along.
     */
    async post(
      body: unknown,
      how: { secret?: string | null; headers?: HeaderRecord; raw?: string | Uint8Array } = {},
    ): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
      const { raw, ...rest } = how
      return await pusher.send(raw ?? JSON.stringify(body), { ...rest, timeoutMs: postTimeoutMs })
    },
    /** Resolves when every update has had its 2xx. */
    idle: () => pusher.idle(),
    /** How many updates wait for their 2xx. */
    pending: () => pusher.pending(),

    fail: (rule: FaultRule): void => faults.fail(rule),
    clearFaults: (): void => faults.clear(),

    close,
    [Symbol.asyncDispose]: close,
  }
}

function markDelivered(find: (chatId: number, id: number) => ChatMessage | undefined, update: Update): void {
  const content = (update.message ?? update.edited_message) as { chat?: { id: number }; message_id?: number } | undefined
  const message = find(content?.chat?.id ?? 0, content?.message_id ?? 0)
  if (message) message.delivered = true
}
