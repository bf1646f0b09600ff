// A model without a key: enough of each kind of answer to see the whole of Remy work, and always said to be that.
import { boardView, directors } from './offline-board.ts'
import { chatReply } from './offline-chat.ts'
import { notes, retrospective, summary } from './offline-notes.ts'
import { researchReply } from './offline-research.ts'
import { has } from './offline-turn.ts'
import type { Reply, Responder } from './reply.ts'
import { latestUserText, type MessageRequest, textOf } from './request.ts'

const firstTokenMs = 400
const chatMs = 600
const workMs = { shortest: 2000, spread: 2000 }

/** `pace` 1 streams at about a model's speed, so that running jobs can be watched; 0 answers at once. */
export function offlineModel({ pace = 1 }: { pace?: number } = {}): Responder {
  return (request) => {
    const system = textOf(request.system)
    const work = workFor(system, request)
    if (work) return paced(work, pace, workMs.shortest + ((lengthOf(work) * 7919) % workMs.spread))
    return paced(isChat(system, request) ? chatReply(request) : generic, pace, chatMs)
  }
}

// What a line of the system prompt says that the model is.
function workFor(system: string, request: MessageRequest): Reply | undefined {
  const role = /^Role:[ \t]*(.+?)[ \t.]*$/m.exec(system)?.[1]
  const director = directors.find((name) => name === role)
  const markdown = !/\bno Markdown\b/i.test(system)
  if (director) return { text: boardView(director, latestUserText(request), { markdown }) }
  if (role === 'Researcher') return researchReply(request)
  if (role === 'Retrospective') return { text: retrospective(request) }
  if (role === 'Note-taker') return { text: notes(request) }
  if (role === 'Summary') return { text: summary(request) }
  return undefined
}

const generic: Reply = {
  text: 'This is an offline model that answers without a key, and it has nothing prepared for this request.',
}

function isChat(system: string, request: MessageRequest): boolean {
  return system.startsWith('You are Remy') || has(request, 'list_background_jobs')
}

function paced(reply: Reply, pace: number, totalMs: number): Reply {
  const chunks = Math.max(1, Math.ceil(lengthOf(reply) / 40))
  const times = { firstTokenMs: firstTokenMs * pace, chunkMs: (totalMs * pace) / chunks }
  return reply.blocks ? { ...reply, ...times } : { ...reply, ...times, chunks }
}

function lengthOf({ text = '', blocks = [] }: Reply): number {
  return blocks.reduce((sum, block) => sum + (block.text?.length ?? 0), text.length)
}
