import type { BotApi } from '../bot-api/server.ts'
import type { Call, ChatMessage, Events } from '../bot-api/state.ts'
import { person } from './person.ts'
import type { Registry } from './registry.ts'
import type { Controls } from './serve.ts'
import type { Switches } from './switches.ts'
import { toView } from './view.ts'

const typingMs = 5_000

type Send = (event: string, data: unknown) => void

type FeedOptions = {
  botApi: BotApi
  controls: Controls
  registry: Registry
  switches: Switches
  note: string | undefined
}

/** Tells every open page what happens in the person's chat and how the service does. A page that joins gets all of it anew. */
export function createFeed({ botApi, controls, registry, switches, note }: FeedOptions) {
  const pages = new Set<Send>()
  let lastPage = 0
  let typingUntil = 0

  const tell: Send = (event, data) => {
    for (const send of pages) send(event, data)
  }
  const tellMessage = (message: ChatMessage) => {
    if (message.chat_id !== person.id) return
    if (message.from === 'bot') typingUntil = 0
    tell('message', toView(message))
  }
  const tellEdit = (message: ChatMessage) => {
    if (message.chat_id === person.id) tell('message', toView(message))
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
  botApi.events.on('message', tellMessage).on('edit', tellEdit).on('delete', tellDelete)
  botApi.events.on('draft', tellDraft).on('draftEnd', tellDraftEnd)
  botApi.events.on('action', tellAction).on('call', tellCall).on('delivered', tellDelivered)
  const unsubscribes = [
    controls.subscribe(() => tell('service', controls.status())),
    switches.subscribe(() => tell('switches', switches.list())),
  ]

  return {
    /** `page` is the number by which this page names itself when it opens another job. */
    join(send: Send) {
      const page = ++lastPage
      pages.add(send)
      const draft = botApi.draft(person.id)
      send('snapshot', {
        page,
        name: botApi.me.first_name,
        username: botApi.me.username,
        note,
        messages: botApi.messages(person.id).map(toView),
        draft: draft && { id: draft.draft_id, text: draft.text, entities: draft.entities },
        commands: botApi.commands(),
        service: controls.status(),
        switches: switches.list(),
        typingMs: Math.max(0, typingUntil - Date.now()),
      })
      const viewer = registry.join(send)
      return {
        page,
        watch: viewer.watch,
        leave(): void {
          pages.delete(send)
          viewer.leave()
        },
      }
    },
    close(): void {
      for (const unsubscribe of unsubscribes) unsubscribe()
      pages.clear()
      botApi.events.off('message', noteWaiting).off('edit', noteWaiting)
      botApi.events.off('message', tellMessage).off('edit', tellEdit).off('delete', tellDelete)
      botApi.events.off('draft', tellDraft).off('draftEnd', tellDraftEnd)
      botApi.events.off('action', tellAction).off('call', tellCall).off('delivered', tellDelivered)
    },
  }
}
