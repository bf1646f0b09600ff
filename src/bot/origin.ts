import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'

const Id = Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER })
const Person = Type.Object({
  id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  is_bot: Type.Optional(Type.Boolean()),
})
const Chat = Type.Object({ id: Id, type: Type.Enum(['private', 'group', 'supergroup', 'channel']) })
const Message = Type.Object({ chat: Chat, message_thread_id: Type.Optional(Id) })
const WithOrigin = Compile(
  Type.Object({
    from: Person,
    chat: Type.Optional(Chat),
    message: Type.Optional(Message),
    message_thread_id: Type.Optional(Id),
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
export function originOf(update: Record<string, unknown>): Origin | undefined {
  for (const [kind, content] of Object.entries(update)) {
    if (kind === 'update_id' || !WithOrigin.Check(content)) continue
    const chat = content.chat ?? content.message?.chat
    if (!chat) continue
    const joins =
      kind === 'my_chat_member' && ['member', 'administrator'].includes(content.new_chat_member?.status ?? '')
    return {
      userId: content.from.id,
      isBot: content.from.is_bot ?? false,
      chat,
      messageThreadId: content.message_thread_id ?? content.message?.message_thread_id,
      speaks: speaking.some((name) => name === kind) || (joins && chat.type !== 'private'),
    }
  }
  return undefined
}
