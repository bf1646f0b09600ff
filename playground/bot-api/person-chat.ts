import type { Entity } from './entities.ts'
import { toChat, toReplied } from './message-object.ts'
import { isObject } from './params.ts'
import type { ChatMessage, Person, State, Update } from './state.ts'
import { nowSeconds } from './state.ts'

export type Extra = Record<string, unknown>

/** What a message holds: `fields` as the bot gets them, `shown` as a person sees it. */
export type Sent = { fields: Extra; shown: Partial<ChatMessage> & Pick<ChatMessage, 'text'> }

const unaskedKinds = ['chat_member', 'message_reaction', 'message_reaction_count']

export type PersonChat = ReturnType<typeof createPersonChat>

/** A person's end of the chat: makes the person known, unblocks the bot, writes the message, pushes its update. */
export function createPersonChat(options: { state: State; push(update: Update): void; nextUpdateId(): number }) {
  const { state, nextUpdateId } = options

  // Kinds that the bot did not ask for are never even queued, as in Telegram.
  function push(kind: string, content: Record<string, unknown>): Update {
    const update = { update_id: nextUpdateId(), [kind]: content }
    const allowed = state.allowedUpdates
    if (allowed ? allowed.includes(kind) : !unaskedKinds.includes(kind)) options.push(update)
    return update
  }

  function known(person: Person | number): Person {
    const given = typeof person === 'number' ? { id: person, first_name: `Person ${person}` } : person
    const found = state.people.get(given.id)
    const merged = typeof person === 'number' && found ? found : { ...found, ...given }
    state.people.set(given.id, merged)
    return merged
  }

  function user(person: Person): Record<string, unknown> {
    return { is_bot: false, language_code: 'en', ...person }
  }

  function changeMembership(who: Person | number, before: string, after: string): Update {
    const person = known(who)
    const member = { id: state.me.id, is_bot: true, first_name: state.me.first_name, username: state.me.username }
    const status = (name: string) => ({ user: member, status: name, ...(name === 'kicked' && { until_date: 0 }) })
    if (after === 'kicked') state.blocked.add(person.id)
    else state.blocked.delete(person.id)
    return push('my_chat_member', {
      chat: toChat(state, person.id),
      from: user(person),
      date: nowSeconds(),
      old_chat_member: status(before),
      new_chat_member: status(after),
    })
  }

  /** `extra` goes into the message object as it is; of `reply_to_message` the id is enough, of `quote` the text. */
  function post(who: Person | number, { fields, shown }: Sent, extra: Extra): Update {
    const person = known(who)
    if (state.blocked.has(person.id)) changeMembership(person, 'kicked', 'member')
    const chat = isObject(extra.chat) ? extra.chat : toChat(state, person.id)
    const chatId = Number(chat.id)
    const reply = isObject(extra.reply_to_message) ? Number(extra.reply_to_message.message_id) : undefined
    const replied = state.find(chatId, reply)
    const quote = readQuote(extra, replied)
    const payload: Record<string, unknown> = {
      message_id: state.nextMessageId(),
      from: user(person),
      chat,
      date: nowSeconds(),
      ...fields,
      ...extra,
      ...(replied && { reply_to_message: toReplied(state, replied) }),
      ...(quote && { quote }),
    }
    const message: ChatMessage = {
      chat_id: chatId,
      message_id: Number(payload.message_id),
      from: 'person',
      entities: findCommands(shown.text),
      entitiesDropped: 0,
      raw: shown.text,
      date: nowSeconds(),
      edited: false,
      delivered: false,
      ...(reply !== undefined && { reply_to: reply }),
      ...(quote && { quote: quote.text }),
      ...(typeof extra.message_thread_id === 'number' && { message_thread_id: extra.message_thread_id }),
      ...shown,
      payload,
    }
    state.messages(chatId).push(message)
    state.events.emit('message', message)
    return push('message', payload)
  }

  return { state, push, known, user, changeMembership, post }
}

function readQuote({ quote }: Extra, replied: ChatMessage | undefined) {
  if (!isObject(quote) || typeof quote.text !== 'string') return undefined
  const found = replied?.text.indexOf(quote.text)
  if (found === -1) throw new Error(`Nothing to quote: message ${replied?.message_id} does not say ${quote.text}`)
  return { position: found ?? 0, is_manual: true, ...quote, text: quote.text }
}

export function textFields(text: string): Extra {
  const entities = findCommands(text)
  return { text, ...(entities.length > 0 && { entities }) }
}

export function captionFields(caption: string): Extra {
  const entities = findCommands(caption)
  return { ...(caption && { caption }), ...(entities.length > 0 && { caption_entities: entities }) }
}

export function findCommands(text: string): Entity[] {
  const commands = text.matchAll(/(?<![\w/<])\/[a-z0-9_]{1,32}(?:@[a-z0-9_]{3,32})?(?![\w/<>])/gi)
  return [...commands].map((match) => ({ type: 'bot_command', offset: match.index, length: match[0].length }))
}
