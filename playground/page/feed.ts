import type { BotApi } from '../bot-api/server.ts'
import type { Call, ChatMessage } from '../bot-api/state.ts'
import type { Controls } from './serve.ts'

/** The one person of the page. */
export const person = { id: 1001, first_name: 'You', language_code: 'en' }

const typingMs = 5_000

type Send = (event: string, data: unknown) => void

/** Tells every open page what happens in the person's chat and how the service does. A page that joins gets all of it anew. */
export function createFeed(options: { botApi: BotApi; controls: Controls; note: string | undefined }) {
  const { botApi, controls, note } = options
  const pages = new Set<Send>()
  let typingUntil = 0

  const tell: Send = (event, data) => {
    for (const send of pages) send(event, data)
  }
  const tellMessage = (message: ChatMessage) => {
    if (message.chat_id !== person.id) return
    if (message.from === 'bot' && !message.edited) typingUntil = 0
    tell('message', toView(message))
  }
  const tellDelete = (message: ChatMessage) => {
    if (message.chat_id === person.id) tell('delete', { id: message.message_id })
  }
  const tellAction = ({ chat_id }: { chat_id: number }) => {
    if (chat_id !== person.id) return
    typingUntil = Date.now() + typingMs
    tell('typing', { ms: typingMs })
  }
  const tellCall = ({ method, payload, outcome }: Call) => {
    if (outcome !== 'ok') return
    if (/MyCommands$/.test(method)) tell('commands', botApi.commands())
    if (method === 'answerCallbackQuery' && payload.text) tell('toast', { text: String(payload.text) })
  }
  const tellDelivered = () => {
    for (const message of botApi.messages(person.id)) {
      if (message.delivered && waiting.delete(message.message_id)) tell('message', toView(message))
    }
  }
  const waiting = new Set<number>()
  const noteWaiting = (message: ChatMessage) => {
    if (message.chat_id === person.id && !message.delivered) waiting.add(message.message_id)
  }

  botApi.events.on('message', noteWaiting).on('edit', noteWaiting)
  botApi.events.on('message', tellMessage).on('edit', tellMessage).on('delete', tellDelete)
  botApi.events.on('action', tellAction).on('call', tellCall).on('delivered', tellDelivered)
  const unsubscribe = controls.subscribe(() => tell('service', controls.status()))

  return {
    join(send: Send): () => void {
      pages.add(send)
      send('snapshot', {
        name: botApi.me.first_name,
        username: botApi.me.username,
        note,
        messages: botApi.messages(person.id).map(toView),
        commands: botApi.commands(),
        service: controls.status(),
        typingMs: Math.max(0, typingUntil - Date.now()),
      })
      return () => pages.delete(send)
    },
    close(): void {
      unsubscribe()
      pages.clear()
      botApi.events.off('message', noteWaiting).off('edit', noteWaiting)
      botApi.events.off('message', tellMessage).off('edit', tellMessage).off('delete', tellDelete)
      botApi.events.off('action', tellAction).off('call', tellCall).off('delivered', tellDelivered)
    },
  }
}

function toView(message: ChatMessage) {
  return {
    id: message.message_id,
    mine: message.from === 'person',
    text: message.text,
    entities: message.entities,
    date: message.date,
    edited: message.edited,
    delivered: message.delivered,
    replyTo: message.reply_to,
    keyboard: message.reply_markup?.inline_keyboard,
  }
}
