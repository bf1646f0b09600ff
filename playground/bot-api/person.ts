import { toChat, toMessage } from './message-object.ts'
import type { Extra } from './person-chat.ts'
import { createPersonChat, findCommands, textFields } from './person-chat.ts'
import { createForwards } from './person-forward.ts'
import { createPersonMedia } from './person-media.ts'
import { maxTextUnits } from './read-message.ts'
import type { Person, State, Update } from './state.ts'
import { nowSeconds } from './state.ts'

const media = ['photo', 'document', 'voice', 'video', 'audio', 'animation']

/** What people do in their private chats with the bot, each turned into the update that Telegram would push. */
export function createPeople(options: { state: State; push(update: Update): void; nextUpdateId(): number }) {
  const { state } = options
  const chat = createPersonChat(options)

  function say(who: Person | number, text: string, extra: Extra = {}): Update {
    if (text.length > maxTextUnits) throw new RangeError(`A person's message has at most ${maxTextUnits} units`)
    const shown = typeof extra.text === 'string' ? extra.text : 'text' in extra ? '' : text
    return chat.post(who, { fields: textFields(text), shown: { text: shown, entities: findCommands(text) } }, extra)
  }

  return {
    say,
    ...createPersonMedia(chat),
    ...createForwards(chat),

    unblockBot: (who: Person | number): Update => chat.changeMembership(who, 'kicked', 'member'),
    blockBot: (who: Person | number): Update => chat.changeMembership(who, 'member', 'kicked'),

    /** Sends a text of any length, which Telegram's apps do in as many messages as it needs. */
    paste(who: Person | number, longText: string, extra: Extra = {}): Update[] {
      return splitAsApps(longText).map((part) => say(who, part, extra))
    },

    /** Changes the text, or the caption of what is known to have one; `caption` says which where that is not to be guessed. */
    edit(who: Person | number, messageId: number, text: string, how: { caption?: boolean } = {}): Update {
      const person = chat.known(who)
      const message = state.find(person.id, messageId)
      if (message?.from !== 'person') throw new Error(`Person ${person.id} wrote no message ${messageId}`)
      const entities = findCommands(text)
      const isCaption = how.caption ?? media.some((kind) => kind in message.payload)
      const fields = isCaption ? { caption: text, caption_entities: entities } : { text, entities }
      const payload = { ...message.payload, ...fields, edit_date: nowSeconds() }
      Object.assign(message, { text, raw: text, entities, payload, edited: true, delivered: false })
      state.events.emit('edit', message)
      return chat.push('edited_message', payload)
    },

    // The data is not held against the keyboard: a modified client can send any.
    press(who: Person | number, messageId: number, data: string, chatId?: number): Update {
      const person = chat.known(who)
      const found = state.find(chatId ?? person.id, messageId)
      const gone = { chat: toChat(state, chatId ?? person.id), message_id: messageId, date: 0 }
      const id = `${person.id}${Date.now()}${String(state.queries.size).padStart(6, '0')}`
      state.queries.add(id)
      return chat.push('callback_query', {
        id,
        from: chat.user(person),
        message: found ? toMessage(state, found) : gone,
        chat_instance: String(person.id * 7919),
        data,
      })
    },
  }
}

// Cuts at the last line end of what fits, else at the last space, else in the middle of a word, but never inside a character.
function splitAsApps(longText: string): string[] {
  const parts: string[] = []
  let rest = longText.trim()
  while (rest.length > maxTextUnits) {
    const head = rest.slice(0, maxTextUnits + 1)
    const near = [head.lastIndexOf('\n'), head.lastIndexOf(' ')].find((at) => at > maxTextUnits / 2)
    const cut = near ?? (/[\uD800-\uDBFF]/.test(head.charAt(maxTextUnits - 1)) ? maxTextUnits - 1 : maxTextUnits)
    parts.push(rest.slice(0, cut).trimEnd())
    rest = rest.slice(cut).trimStart()
  }
  return rest === '' ? parts : [...parts, rest]
}
