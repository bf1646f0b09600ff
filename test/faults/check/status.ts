import { INTERRUPTED, STOPPED } from '../../../src/jobs/lifecycle.ts'
import type { House, JobRow } from '../../build.ts'
import type { Delivery } from './chat.ts'

type Shown = JobRow & Delivery & { message_id: number; settled: number }

/** A status message that is settled says how its job ended, unless Telegram took no edit of it. */
export function checkStatusMessages(house: House): string[] {
  const sql = `SELECT jobs.*, settled, message_id, chat_id FROM status_messages JOIN background_jobs AS jobs ON jobs.id = status_messages.job_id
    JOIN (SELECT job_id, message_id, chat_id AS chat FROM deliveries WHERE purpose = 'acknowledgement' AND state = 'sent') AS sent
    ON sent.job_id = jobs.id WHERE settled = 1`
  return house.rows<Shown>(sql).flatMap(({ id, status, result_text, chat_id, user_id, message_id }) => {
    const chatId = chat_id ?? user_id
    const message = house.telegram.sent(chatId).find((sent) => sent.message_id === message_id)
    const says = message?.text ?? ''
    const due =
      result_text === STOPPED ? 'stopped' : result_text === INTERRUPTED ? 'cut off' : status === 'done' ? 'done in' : 'failed'
    const refused = house.telegram.calls.some(
      ({ method, payload, outcome }) =>
        method === 'editMessageText' && payload.message_id === message_id && /^(Bad Request|Forbidden)/.test(outcome),
    )
    return says.includes(due) || refused ? [] : [`The status message of #${id} (${status}) ended as "${says}"`]
  })
}
