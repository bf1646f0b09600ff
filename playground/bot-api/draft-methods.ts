import type { Params } from './params.ts'
import { readInteger } from './params.ts'
import { readChat, readDraftContent } from './read-message.ts'
import { badRequest } from './refusal.ts'
import type { Draft, State } from './state.ts'

/** The methods that show a message while it is being written. An older Bot API server does not know them. */
export const draftMethods = {
  sendMessageDraft(params: Params, state: State): unknown {
    const content = readDraftContent(params)
    const chatId = readChat(params, state)
    if (chatId < 0) throw badRequest('TEXTDRAFT_PEER_INVALID')
    const id = readInteger(params, 'draft_id')
    if (!id) throw badRequest('RANDOM_ID_INVALID')
    const { text, entities, raw } = content
    const draft = { draft_id: id, text, entities, raw, thread: readInteger(params, 'message_thread_id'), at: Date.now() }
    state.drafts.set(chatId, draft)
    state.events.emit('draft', { chat_id: chatId, draft_id: id, text, entities })
    // A newer draft of the chat is another object, so an old timer ends nothing.
    setTimeout(() => endDraft(state, chatId, 'expired', draft), state.draftMs).unref()
    return true
  },
}

/** Takes the chat's draft away, if it is still the one given. */
export function endDraft(state: State, chatId: number, why: 'message' | 'expired', draft?: Draft): void {
  const shown = state.drafts.get(chatId)
  if (!shown || (draft && draft !== shown)) return
  state.drafts.delete(chatId)
  state.events.emit('draftEnd', { chat_id: chatId, draft_id: shown.draft_id, why })
}
