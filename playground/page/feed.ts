import type { BotApi } from '../bot-api/server.ts'
import type { Call, ChatMessage, Events } from '../bot-api/state.ts'
import { person } from './person.ts'
import type { Controls } from './serve.ts'
import { toView } from './view.ts'

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
  const tellDraft = ({ chat_id, draft_id, text, entities }: Events['draft'][0]) => {
    if (chat_id === person.id) tell('draft', { id: draft_id, text, entities })
  }
  const tellDraftEnd = ({ chat_id, draft_id, why }: Events['draftEnd'][0]) => {
    if (chat_id === person.id) tell('draftEnd', { id: draft_id, why })
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
  botApi.events.on('draft', tellDraft).on('draftEnd', tellDraftEnd)
  botApi.events.on('action', tellAction).on('call', tellCall).on('delivered', tellDelivered)
  const unsubscribe = controls.subscribe(() => tell('service', controls.status()))

  return {
    join(send: Send): () => void {
      pages.add(send)
      const draft = botApi.draft(person.id)
      send('snapshot', {
        name: botApi.me.first_name,
        username: botApi.me.username,
        note,
        messages: botApi.messages(person.id).map(toView),
        draft: draft && { id: draft.draft_id, text: draft.text, entities: draft.entities },
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
      botApi.events.off('draft', tellDraft).off('draftEnd', tellDraftEnd)
      botApi.events.off('action', tellAction).off('call', tellCall).off('delivered', tellDelivered)
    },
  }
}
