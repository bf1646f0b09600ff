import type { House, JobRow } from '../../build.ts'
import { cameTo, type Delivery, lettersOf, lostAnswers, wasRefused, wordingOf } from './chat.ts'
import { checkResults } from './results.ts'

const ended = "SELECT * FROM background_jobs WHERE status IN ('done', 'failed') ORDER BY id"

/** Every person got every part of everything, in order, and doubled only as allowed. */
export function checkDeliveries(house: House, kills: number): string[] {
  const deliveries = house.rows<Delivery>('SELECT * FROM deliveries ORDER BY id')
  const messages = deliveries.filter(({ purpose }) => purpose !== 'callback') // those show for a moment, and are no messages
  const jobs = house.rows<JobRow & { chat_id: number | null }>(ended)
  return [
    ...deliveries.flatMap((delivery) => checkState(house, delivery, jobs)),
    ...[...Map.groupBy(messages, (delivery) => delivery.chat_id)].flatMap(([chatId, ofChat]) => [
      ...checkOrder(house, chatId, ofChat),
      ...checkDoubles(house, chatId, ofChat, kills),
    ]),
    ...checkResults(house, jobs, deliveries),
  ]
}

/** Everything has left the outbox, given up only where Telegram said no, or dropped only where its job was already over. */
function checkState(house: House, delivery: Delivery, jobs: JobRow[]): string[] {
  const { id, state, purpose, part, job_id } = delivery
  const name = `Delivery ${id} (${purpose}, part ${part}${job_id ? ` of #${job_id}` : ''})`
  if (state === 'sent') return []
  if (state === 'failed') return wasRefused(house, delivery) ? [] : [`${name} was given up, and Telegram had not refused it`]
  const isOver = jobs.some((job) => job.id === job_id)
  const isReplaced = delivery.method === 'sendDocument' && wasRefused(house, delivery)
  if (state === 'dropped') return isReplaced || (purpose === 'acknowledgement' && isOver) ? [] : [`${name} was dropped`]
  return [`${name} is ${state}`]
}

/** The parts of a letter that are marked as sent stand in the chat, one below the other. */
function checkOrder(house: House, chatId: number, deliveries: Delivery[]): string[] {
  const shown = cameTo(house, chatId).map(({ wording }) => wording)
  return lettersOf(deliveries).flatMap((letter) => {
    let at = -1
    return letter
      .filter(({ state }) => state === 'sent')
      .flatMap((delivery) => {
        const wording = wordingOf(delivery)
        const found = shown.indexOf(wording, at + 1)
        if (found >= 0) at = found
        const what = `part ${delivery.part} of the ${delivery.purpose} that begins "${wordingOf(letter[0]).slice(0, 40)}"`
        if (found >= 0) return []
        return [`Chat ${chatId}: ${what} ${shown.includes(wording) ? 'came before the part above it' : 'never came'}`]
      })
  })
}

/** Each part once; once more for each answer that was lost, and one of all for each kill. */
function checkDoubles(house: House, chatId: number, deliveries: Delivery[], kills: number): string[] {
  const due = Map.groupBy(deliveries, wordingOf)
  const came = Map.groupBy(cameTo(house, chatId), ({ wording }) => wording)
  const doubled = [...came].flatMap(([wording, messages]) => {
    const rows = due.get(wording) ?? []
    const more = messages.length - rows.length
    return rows.length > 0 && more > 0 ? [{ wording, more }] : []
  })
  const total = doubled.reduce((sum, { more }) => sum + more, 0)
  const allowed = kills + lostAnswers(house, chatId)
  if (total <= allowed) return []
  const what = doubled.map(({ wording, more }) => `"${wording.slice(0, 40)}" by ${more}`).join(', ')
  return [`Chat ${chatId} got ${total} messages too many (${allowed} allowed): ${what}`]
}
