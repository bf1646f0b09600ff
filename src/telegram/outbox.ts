import type { NewDelivery } from '../../db/deliveries.ts'
import type { Stores } from '../../db/open.ts'
import { splitText } from './split.ts'

export interface Address {
  chatId: number
  messageThreadId?: number | null | undefined
}

/** What goes out: why, of which job if of one, and how. */
export interface Letter {
  purpose: NewDelivery['purpose']
  jobId?: number | null
  text: string
  /** Arrives without a sound. */
  silent?: boolean
}

/**
 * Lays a message into the outbox, in as many parts as its length needs. It goes out after the commit, and again after
 * any crash until Telegram has taken it.
 */
export async function post(stores: Stores, to: Address, { purpose, jobId = null, text, silent }: Letter): Promise<void> {
  const row = { chatId: to.chatId, messageThreadId: to.messageThreadId ?? null, jobId, purpose }
  const extra = { link_preview_options: { is_disabled: true }, ...(silent && { disable_notification: true }) }
  const deliveries = splitText(text).map((part, index) => {
    return { ...row, part: index + 1, payload: JSON.stringify({ text: part, ...extra }) }
  })
  if (deliveries.length === 0) throw new Error('An empty message cannot be sent')
  await stores.deliveries.add(deliveries)
}
