import type { Entity } from './entities.ts'
import { maxTextUnits } from './message-methods.ts'
import { isObject } from './params.ts'
import type { ChatMessage, Person, State, Update } from './state.ts'
import { nowSeconds, toChat, toMessage } from './state.ts'

const unaskedKinds = ['chat_member', 'message_reaction', 'message_reaction_count']

/** What people do in their private chats with the bot, each turned into the update that Telegram would push. */
export function createPeople(options: { state: State; push(update: Update): void; nextUpdateId(): number }) {
  const { state, nextUpdateId } = options

  // Kinds that the bot did not ask for are never even queued, as in Telegram.
  function push(update: Update): Update {
    const kind = Object.keys(update)[1] ?? ''
    const allowed = state.webhook?.allowedUpdates
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

  function membership(person: Person, before: string, after: string): Update {
    const member = { id: state.me.id, is_bot: true, first_name: state.me.first_name, username: state.me.username }
    const status = (name: string) => ({ user: member, status: name, ...(name === 'kicked' && { until_date: 0 }) })
    return push({
      update_id: nextUpdateId(),
      my_chat_member: {
        chat: toChat(state, person.id),
        from: user(person),
        date: nowSeconds(),
        old_chat_member: status(before),
        new_chat_member: status(after),
      },
    })
  }

  function unblockBot(who: Person | number): Update {
    const person = known(who)
    state.blocked.delete(person.id)
    return membership(person, 'kicked', 'member')
  }

  return {
    unblockBot,

    blockBot(who: Person | number): Update {
      const person = known(who)
      state.blocked.add(person.id)
      return membership(person, 'member', 'kicked')
    },

    say(who: Person | number, text: string, extra: Record<string, unknown> = {}): Update {
      if (text.length > maxTextUnits) throw new RangeError(`A person's message has at most ${maxTextUnits} units`)
      const person = known(who)
      if (state.blocked.has(person.id)) unblockBot(person)
      const chat = isObject(extra.chat) ? extra.chat : toChat(state, person.id)
      const chatId = Number(chat.id)
      const reply = isObject(extra.reply_to_message) ? Number(extra.reply_to_message.message_id) : undefined
      const replied = state.find(chatId, reply)
      const shown = typeof extra.text === 'string' ? extra.text : 'text' in extra ? '' : text
      const entities = findCommands(text)
      const payload: Record<string, unknown> = {
        message_id: state.nextMessageId(),
        from: user(person),
        chat,
        date: nowSeconds(),
        text,
        ...(entities.length > 0 && { entities }),
        ...extra,
        ...(replied && { reply_to_message: toMessage(state, replied) }),
      }
      const message: ChatMessage = {
        chat_id: chatId,
        message_id: Number(payload.message_id),
        from: 'person',
        text: shown,
        entities,
        raw: shown,
        date: nowSeconds(),
        edited: false,
        delivered: false,
        ...(reply !== undefined && { reply_to: reply }),
        ...(typeof extra.message_thread_id === 'number' && { message_thread_id: extra.message_thread_id }),
        payload,
      }
      state.messages(chatId).push(message)
      state.events.emit('message', message)
      return push({ update_id: nextUpdateId(), message: payload })
    },

    edit(who: Person | number, messageId: number, text: string): Update {
      const person = known(who)
      const message = state.find(person.id, messageId)
      if (message?.from !== 'person') throw new Error(`Person ${person.id} wrote no message ${messageId}`)
      const entities = findCommands(text)
      const payload = { ...message.payload, text, entities, edit_date: nowSeconds() }
      Object.assign(message, { text, raw: text, entities, payload, edited: true, delivered: false })
      state.events.emit('edit', message)
      return push({ update_id: nextUpdateId(), edited_message: payload })
    },

    // The data is not held against the keyboard: a modified client can send any.
    press(who: Person | number, messageId: number, data: string, chatId?: number): Update {
      const person = known(who)
      const found = state.find(chatId ?? person.id, messageId)
      const gone = { chat: toChat(state, chatId ?? person.id), message_id: messageId, date: 0 }
      const id = `${person.id}${Date.now()}${String(state.queries.size).padStart(6, '0')}`
      state.queries.add(id)
      return push({
        update_id: nextUpdateId(),
        callback_query: {
          id,
          from: user(person),
          message: found ? toMessage(state, found) : gone,
          chat_instance: String(person.id * 7919),
          data,
        },
      })
    },
  }
}

function findCommands(text: string): Entity[] {
  const commands = text.matchAll(/(?<![\w/<])\/[a-z0-9_]{1,32}(?:@[a-z0-9_]{3,32})?(?![\w/<>])/gi)
  return [...commands].map((match) => ({ type: 'bot_command', offset: match.index, length: match[0].length }))
}
