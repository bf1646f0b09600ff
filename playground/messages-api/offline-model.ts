// A model without a key: enough of each kind of answer to see the whole of Remy work, and always said to be that.
import { boardView, directors } from './offline-board.ts'
import { chatReply } from './offline-chat.ts'
import type { Reply, Responder } from './reply.ts'
import { latestUserText, type MessageRequest, textOf } from './request.ts'

const firstTokenMs = 400
const chatMs = 600
const viewMs = { shortest: 2000, spread: 2000 }

/** `pace` 1 streams at about a model's speed, so that running jobs can be watched; 0 answers at once. */
export function offlineModel({ pace = 1 }: { pace?: number } = {}): Responder {
  return (request) => {
    const system = textOf(request.system)
    const role = directors.find((name) => new RegExp(`^Role:\\s*${name}\\b`, 'm').test(system))
    if (role && !request.tools?.length) {
      const text = boardView(role, latestUserText(request))
      return paced({ text }, pace, viewMs.shortest + ((text.length * 7919) % viewMs.spread))
    }
    return paced(isChat(system, request) ? chatReply(request) : generic, pace, chatMs)
  }
}

const generic: Reply = {
  text: 'This is an offline model that answers without a key, and it has nothing prepared for this request.',
}

function isChat(system: string, request: MessageRequest): boolean {
  const hasJobs = request.tools?.some((tool) => tool.name === 'list_background_jobs') ?? false
  return system.startsWith('You are Remy') || hasJobs
}

function paced(reply: Reply, pace: number, totalMs: number): Reply {
  const chunks = Math.max(1, Math.ceil((reply.text?.length ?? 0) / 40))
  return { ...reply, chunks, firstTokenMs: firstTokenMs * pace, chunkMs: (totalMs * pace) / chunks }
}
