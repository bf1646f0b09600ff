import Type, { type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

const Text = Type.String()
const Size = Type.Optional(Type.Integer({ minimum: 0 }))

/** The parts of a message that are looked into, as Telegram sends them. */
const parts = {
  text: Text,
  caption: Text,
  media_group_id: Text,
  quote: Type.Object({ text: Text }),
  photo: Type.Array(Type.Object({ file_id: Text, width: Type.Number(), height: Type.Number(), file_size: Size }), {
    minItems: 1,
  }),
  document: Type.Object({
    file_id: Text,
    file_name: Type.Optional(Text),
    mime_type: Type.Optional(Text),
    file_size: Size,
  }),
} satisfies Record<string, TSchema>
const checks = Object.entries(parts).map(([name, schema]) => [name, Compile(schema)] as const)

const Named = Type.Object({ title: Type.Optional(Text) })
const Origin = Compile(
  Type.Union([
    Type.Object({ type: Type.Literal('user'), sender_user: Type.Object({ first_name: Text }) }),
    Type.Object({ type: Type.Literal('hidden_user'), sender_user_name: Text }),
    Type.Object({ type: Type.Literal('chat'), sender_chat: Named }),
    Type.Object({ type: Type.Literal('channel'), chat: Named }),
  ]),
)
/** Whose words they are is not said, but that they are somebody else's is. */
const SOMEBODY = { type: 'hidden_user', sender_user_name: 'somebody' }

/** A message without the parts that are not what Telegram sends: a wrong type counts as absent. */
export function legible(message: unknown): Record<string, unknown> {
  if (typeof message !== 'object' || message === null) return {}
  const kept: Record<string, unknown> = { ...message }
  for (const [name, check] of checks) if (!check.Check(kept[name])) delete kept[name]
  if (!kept.forward_origin) delete kept.forward_origin
  else if (!Origin.Check(kept.forward_origin)) kept.forward_origin = SOMEBODY
  if (kept.reply_to_message !== undefined) kept.reply_to_message = legible(kept.reply_to_message)
  return kept
}
