import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'

const Id = Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER })
const Person = Type.Object({
  id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  is_bot: Type.Optional(Type.Boolean()),
})
const Chat = Type.Object({ id: Id, type: Type.Enum(['private', 'group', 'supergroup', 'channel']) })
const Topic = { message_thread_id: Type.Optional(Id), is_topic_message: Type.Optional(Type.Boolean()) }
const Message = Type.Object({ chat: Chat, ...Topic })
const WithOrigin = Compile(
  Type.Object({
    from: Person,
    chat: Type.Optional(Chat),
    message: Type.Optional(Message),
    ...Topic,
    new_chat_member: Type.Optional(Type.Object({ status: Type.String() })),
  }),
)

/** Where an update comes from, as far as it can be trusted to say. */
export interface Origin {
  userId: number
  isBot: boolean
  chat: Static<typeof Chat>
  messageThreadId: number | undefined
  /** Whether somebody speaks to Remy with it, and so may be answered. */
  speaks: boolean
}

/** The parts of an update that people speak by; the rest of the kinds are facts about them. */
const speaking = ['message', 'edited_message', 'callback_query'] as const

/** Reads person and chat of an update of any kind; undefined where there are none or where they are not what Telegram sends. */
export function originOf({ update_id, ...parts }: Record<string, unknown>): Origin | undefined {
  const [[kind, content] = ['', undefined], ...more] = Object.entries(parts)
  // Telegram sends one part an update; of two, one could speak for the other.
  if (more.length > 0 || !WithOrigin.Check(content)) return undefined
  const chat = content.chat ?? content.message?.chat
  if (!chat) return undefined
  const said = content.message ?? content
  const isTopic = chat.type === 'private' || said.is_topic_message // in other groups the id names a thread of replies
  const joins = kind === 'my_chat_member' && ['member', 'administrator'].includes(content.new_chat_member?.status ?? '')
  return {
    userId: content.from.id,
    isBot: content.from.is_bot ?? false,
    chat,
    messageThreadId: isTopic ? said.message_thread_id : undefined,
    speaks: speaking.some((name) => name === kind) || (joins && chat.type !== 'private'),
  }
}
