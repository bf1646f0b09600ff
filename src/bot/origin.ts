import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { ALLOWED_UPDATES } from '../telegram/webhook.ts'

const Chat = Type.Object({
  id: Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
  type: Type.Enum(['private', 'group', 'supergroup', 'channel']),
})
const Person = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })
// Person and chat must be right. Everything else is read with care, and a wrong type counts as absent.
const WithOrigin = Compile(
  Type.Object({ from: Person, chat: Type.Optional(Chat), message: Type.Optional(Type.Object({ chat: Chat })) }),
)

/** Where an update comes from, as far as it can be trusted to say. */
export interface Origin {
  /** The one part of the update that was looked at, and may be acted on. */
  kind: (typeof ALLOWED_UPDATES)[number]
  userId: number
  isBot: boolean
  chat: Static<typeof Chat>
  /** A button in somebody else's chat: the person may hear that it is not theirs, and no more. */
  isForeign: boolean
  messageThreadId: number | undefined
  /** Whether somebody speaks to Remy with it, and so may be answered. */
  speaks: boolean
}

/** Reads person and chat of an update; undefined for other kinds, and where they are not what Telegram sends. */
export function originOf(update: Record<string, unknown>): Origin | undefined {
  const [kind, ...more] = ALLOWED_UPDATES.filter((name) => Object.hasOwn(update, name))
  const content = kind && update[kind]
  // Telegram sends one part an update; of two, one could speak for the other.
  if (!kind || more.length > 0 || !WithOrigin.Check(content)) return undefined
  const chat = content.chat ?? content.message?.chat
  if (!chat) return undefined
  // A private chat has the id of its person. Only a press could come from elsewhere; all else would speak for another.
  const isForeign = chat.type === 'private' && chat.id !== content.from.id
  if (isForeign && kind !== 'callback_query') return undefined
  // Casts to what is asked for next, with nothing said of its type.
  const { is_bot } = content.from as { is_bot?: unknown }
  const said = (content.message ?? content) as { message_thread_id?: unknown; is_topic_message?: unknown }
  const isTopic = chat.type === 'private' || said.is_topic_message === true // in other groups the id names a thread of replies
  return {
    kind,
    userId: content.from.id,
    isBot: is_bot === true,
    chat: isForeign ? { ...chat, id: content.from.id } : chat,
    isForeign,
    messageThreadId: isTopic && isSafeInteger(said.message_thread_id) ? said.message_thread_id : undefined,
    speaks:
      kind !== 'my_chat_member' ||
      (chat.type !== 'private' && hasJoined(content as { new_chat_member?: { status?: unknown } | null })),
  }
}

function hasJoined({ new_chat_member }: { new_chat_member?: { status?: unknown } | null }): boolean {
  return new_chat_member?.status === 'member' || new_chat_member?.status === 'administrator'
}

function isSafeInteger(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
