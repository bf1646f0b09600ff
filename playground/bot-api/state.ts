import { EventEmitter } from 'node:events'
import type { Entity } from './entities.ts'
import type { StoredFile } from './files.ts'
import { createFiles } from './files.ts'
import type { Params } from './params.ts'

export type Person = { id: number; first_name: string; last_name?: string; username?: string; language_code?: string }

/** An update as Telegram posts it: `update_id` and one further field named for its kind. */
export type Update = { update_id: number; [kind: string]: unknown }

export type Markup = { inline_keyboard?: { text: string; callback_data?: string; url?: string; web_app?: { url: string } }[][] }

export type ChatDocument = Omit<StoredFile, 'kind' | 'file_path'>

/** A message as a person sees it in the chat. */
export type ChatMessage = {
  chat_id: number
  message_id: number
  from: 'bot' | 'person'
  /** What is shown, be it text or caption: entities parsed out, white space at both ends cut. */
  text: string
  entities: Entity[]
  /** How many entities were past the 100 that Telegram keeps. */
  entitiesDropped: number
  /** The text as it was sent, markup included. */
  raw: string
  /** Seconds since 1970, as Telegram counts. */
  date: number
  edited: boolean
  reply_to?: number
  /** The part of that message which is quoted. */
  quote?: string
  document?: ChatDocument
  photo?: { content: Buffer; width: number; height: number }
  voice?: true
  /** The emoji that the sticker stands for. */
  sticker?: string
  /** The name of who wrote it first. */
  forwarded_from?: string
  media_group?: string
  reply_markup?: Markup
  message_thread_id?: number
  disable_notification?: boolean
  /** A person's message: has the webhook answered its update with a 2xx, or getUpdates confirmed it? */
  delivered: boolean
  /** The bot's call that wrote it last, or the person's message object. */
  payload: Params
}

export type Call = {
  method: string
  payload: Params
  /** Milliseconds since 1970. */
  at: number
  /** `ok`, the description of the refusal, or the kind of the fault. A poll is noted when it ends. */
  outcome: string
  via: 'request' | 'webhook answer'
}

/** One try at the webhook. `status` is missing when no answer came; `error` then says why. */
export type Push = { update: Update; attempt: number; status?: number; error?: string }

/** What a person sees of a message while the bot is still writing it. An empty text is shown as "Thinking…". */
export type Draft = {
  draft_id: number
  text: string
  entities: Entity[]
  raw: string
  thread: number | undefined
  /** Milliseconds since 1970. */
  at: number
}

export type Events = {
  message: [ChatMessage]
  edit: [ChatMessage]
  delete: [ChatMessage]
  action: [{ chat_id: number; action: string }]
  draft: [{ chat_id: number } & Pick<Draft, 'draft_id' | 'text' | 'entities'>]
  /** The draft is gone: the bot has posted a message, or 30 s have passed since its last change. */
  draftEnd: [{ chat_id: number; draft_id: number; why: 'message' | 'expired' }]
  call: [Call]
  /** A getUpdates found nothing and waits. */
  poll: [{ timeoutSeconds: number }]
  push: [Push]
  delivered: [{ update: Update; attempts: number; status: number }]
}

export type Webhook = {
  /** As told to setWebhook. */
  url: string
  secret: string | undefined
  maxConnections: number
  lastError: { date: number; message: string } | undefined
}

export type KnownChats = 'any' | 'strict'

/** Everything one stand-in remembers. Nothing outlives it. */
export function createState(options: { token: string; username: string; knownChats: KnownChats; draftMs: number }) {
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
    /** The button beside the field for messages, in all private chats. */
    menuButton: { type: 'commands' } as Record<string, unknown>,
    webhook: undefined as Webhook | undefined,
    /** The kinds asked for last, by setWebhook or getUpdates. */
    allowedUpdates: undefined as string[] | undefined,
    files: createFiles(),
    drafts: new Map<number, Draft>(),
    draftMs: options.draftMs,
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
