import { EventEmitter } from 'node:events'
import type { Entity } from './entities.ts'
import type { Params } from './params.ts'

export type Person = { id: number; first_name: string; last_name?: string; username?: string; language_code?: string }

/** An update as Telegram posts it: `update_id` and one further field named for its kind. */
export type Update = { update_id: number; [kind: string]: unknown }

export type Markup = { inline_keyboard?: { text: string; callback_data?: string; url?: string }[][] }

/** A message as a person sees it in the chat. */
export type ChatMessage = {
  chat_id: number
  message_id: number
  from: 'bot' | 'person'
  /** What is shown: entities parsed out, white space at both ends cut. */
  text: string
  entities: Entity[]
  /** The text as it was sent, markup included. */
  raw: string
  /** Seconds since 1970, as Telegram counts. */
  date: number
  edited: boolean
  reply_to?: number
  reply_markup?: Markup
  message_thread_id?: number
  disable_notification?: boolean
  /** A person's message: has the webhook answered its update with a 2xx? */
  delivered: boolean
  /** The bot's call that wrote it last, or the person's message object. */
  payload: Params
}

export type Call = {
  method: string
  payload: Params
  /** Milliseconds since 1970. */
  at: number
  /** `ok`, the description of the refusal, or the kind of the fault. */
  outcome: string
  via: 'request' | 'webhook answer'
}

/** One try at the webhook. `status` is missing when no answer came; `error` then says why. */
export type Push = { update: Update; attempt: number; status?: number; error?: string }

export type Events = {
  message: [ChatMessage]
  edit: [ChatMessage]
  delete: [ChatMessage]
  action: [{ chat_id: number; action: string }]
  call: [Call]
  push: [Push]
  delivered: [{ update: Update; attempts: number; status: number }]
}

export type Webhook = {
  /** As told to setWebhook. */
  url: string
  secret: string | undefined
  allowedUpdates: string[] | undefined
  maxConnections: number
  lastError: { date: number; message: string } | undefined
}

export type KnownChats = 'any' | 'strict'

/** Everything one stand-in remembers. Nothing outlives it. */
export function createState(options: { token: string; username: string; knownChats: KnownChats }) {
  const chats = new Map<number, ChatMessage[]>()
  const people = new Map<number, Person>()
  let lastMessageId = 0

  function messages(chatId: number): ChatMessage[] {
    const found = chats.get(chatId) ?? []
    chats.set(chatId, found)
    return found
  }

  return {
    token: options.token,
    me: {
      id: Number(options.token.split(':')[0]),
      is_bot: true,
      first_name: 'Remy',
      username: options.username,
      can_join_groups: true,
      can_read_all_group_messages: false,
      supports_inline_queries: false,
    },
    events: new EventEmitter<Events>(),
    calls: [] as Call[],
    chats,
    people,
    blocked: new Set<number>(),
    queries: new Set<string>(),
    commands: new Map<string, { command: string; description: string }[]>(),
    webhook: undefined as Webhook | undefined,
    messages,
    isKnown(chatId: number): boolean {
      return chats.has(chatId) || people.has(chatId) || options.knownChats === 'any'
    },
    find(chatId: number, messageId: number | undefined): ChatMessage | undefined {
      return chats.get(chatId)?.find((message) => message.message_id === messageId)
    },
    /** Message ids count up over all chats, as they do in a bot's private chats. */
    nextMessageId: () => ++lastMessageId,
  }
}

export type State = ReturnType<typeof createState>

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

/** The Message object that Telegram would give for a message of the chat. */
export function toMessage(state: State, message: ChatMessage): Record<string, unknown> {
  if (message.from === 'person') return message.payload
  const replied = message.reply_to === undefined ? undefined : state.find(message.chat_id, message.reply_to)
  return {
    message_id: message.message_id,
    from: { id: state.me.id, is_bot: true, first_name: state.me.first_name, username: state.me.username },
    chat: toChat(state, message.chat_id),
    date: message.date,
    ...(message.edited && { edit_date: nowSeconds() }),
    ...(message.message_thread_id !== undefined && { message_thread_id: message.message_thread_id }),
    ...(replied && { reply_to_message: { ...toMessage(state, replied), reply_to_message: undefined } }),
    text: message.text,
    ...(message.entities.length > 0 && { entities: message.entities }),
    ...(message.reply_markup?.inline_keyboard && { reply_markup: message.reply_markup }),
  }
}

export function toChat(state: State, chatId: number): Record<string, unknown> {
  const { id = chatId, first_name = 'Someone', last_name, username } = state.people.get(chatId) ?? {}
  if (chatId < 0) return { id, type: 'supergroup', title: 'Group' }
  return { id, type: 'private', first_name, ...(last_name && { last_name }), ...(username && { username }) }
}
