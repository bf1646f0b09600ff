import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeReply } from './answer.ts'
import { createCaller } from './calls.ts'
import { draftMethods } from './draft-methods.ts'
import type { FaultRule } from './faults.ts'
import { createFaults } from './faults.ts'
import { fileMethods } from './file-methods.ts'
import { messageMethods } from './message-methods.ts'
import { readParams } from './params.ts'
import { createPeople } from './person.ts'
import { createPolls } from './polls.ts'
import type { HeaderRecord } from './push.ts'
import { createPusher } from './push.ts'
import { Refusal } from './refusal.ts'
import { commandsKey, createSetupMethods } from './setup-methods.ts'
import type { ChatMessage, Draft, KnownChats, Update } from './state.ts'
import { createState } from './state.ts'
import { until } from './until.ts'

const callPath = /^\/bot(\d+:[\w-]+)\/(\w+)$/
const filePath = /^\/file\/bot(\d+:[\w-]+)\/(.+)$/
const draftMs = 30_000
const postTimeoutMs = 20_000

export type BotApi = Awaited<ReturnType<typeof createBotApi>>

/**
 * Starts a strict stand-in for Telegram's Bot API on 127.0.0.1: it refuses what Telegram refuses, in its words, pushes
 * updates to the webhook as Telegram does, and goes wrong on demand. `knownChats: 'strict'` refuses chats nobody wrote from.
 */
export async function createBotApi(
  options: {
    token?: string
    username?: string
    port?: number
    retryBaseMs?: number
    knownChats?: KnownChats
    /** `false` is an older Bot API server, which does not know sendMessageDraft. */
    drafts?: boolean
    /** How long a draft is shown: Telegram's 30 s unless said. */
    draftMs?: number
  } = {},
) {
  const state = createState({
    token: options.token ?? '7000000001:a-token-of-the-local-stand-in-00000',
    username: options.username ?? 'remy_local_bot',
    knownChats: options.knownChats ?? 'any',
    draftMs: options.draftMs ?? draftMs,
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
  const polls = createPolls({ state, queue: pusher })
  const setupMethods = createSetupMethods({ ...pusher, changed: webhookChanged })
  const groups = [setupMethods, polls.methods, messageMethods, fileMethods, ...(options.drafts === false ? [] : [draftMethods])]
  const caller = createCaller({ state, faults, groups })
  const people = createPeople({ state, nextUpdateId, push: enqueue })
  events.on('delivered', ({ update }) => markDelivered(state.find.bind(state), update))

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })

  function enqueue(update: Update): void {
    pusher.push(update)
    polls.arrived()
  }

  function webhookChanged(): void {
    if (state.webhook) polls.interrupt('setWebhook request')
    pusher.changed()
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(`http://local${request.url}`)
    const path = pathname.replace(/%3a/i, ':')
    const [, fileToken, file] = filePath.exec(path) ?? []
    const [, token = fileToken, method = file === undefined ? pathname : 'download'] = callPath.exec(path) ?? []
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    try {
      const params = await readParams(request, searchParams)
      if (token === undefined) throw new Refusal(404, 'Not Found')
      if (token !== state.token) throw new Refusal(401, 'Unauthorized')
      const reply = file === undefined ? caller.call(method, params, 'request', gone.signal) : caller.download(file)
      writeReply(response, await reply)
    } catch (error) {
      writeReply(response, caller.refuse(method, error))
    }
  }

  async function close(): Promise<void> {
    if (!server.listening) return
    pusher.close()
    state.drafts.clear()
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
    /** What the chat shows of the message that the bot is writing, if anything. */
    draft: (chatId: number): Draft | undefined => state.drafts.get(chatId),
    /** Is a getUpdates waiting? */
    polling: (): boolean => polls.isPolling(),
    /** The bot's commands for everyone. */
    commands: () => state.commands.get(commandsKey({})) ?? [],

    until: <T>(predicate: () => T | undefined | null | false, timeoutMs?: number) => until(state, predicate, timeoutMs),

    nextUpdateId,
    /** Pushes any update as it is, whatever kinds the webhook asked for. */
    push(update: Update): Update {
      enqueue(update)
      return update
    },
    /** Sets the webhook without a call. An https address registered later is still reached here. */
    target({ url, secret }: { url: string; secret?: string }): void {
      pusher.target(url)
      state.webhook = { url, secret, maxConnections: 40, lastError: undefined }
      state.allowedUpdates = undefined
      webhookChanged()
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
    /** Resolves when every update has had its 2xx, or was confirmed to getUpdates. */
    idle: () => pusher.idle(),
    /** How many updates wait for their 2xx or for getUpdates. */
    pending: () => pusher.pending(),

    /** Returns how to take it back. */
    fail: (rule: FaultRule): (() => void) => faults.fail(rule),
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
