import { Context } from 'telegraf'
import type { Database, Stores } from '../../db/open.ts'
import { type Letter, post } from '../telegram/outbox.ts'
import { originOf } from './origin.ts'

/** The update was handled before; what this try wrote is rolled back, and that is right. */
export class AlreadyHandled extends Error {}

/** Telegraf's context of one update, with the way in which handlers write. */
export class RemyContext extends Context {
  /** Set by the first middleware of the bot. */
  declare db: Database
  /** The update's place in the order of arrival. */
  declare turn: number
  /** Aborts when the service closes: what is unfinished then is finished after the next boot. */
  declare signal: AbortSignal

  /** The person; the intake lets no update through without one. */
  get userId(): number {
    return this.from?.id ?? 0
  }

  get chatId(): number {
    return this.chat?.id ?? this.userId
  }

  /** The topic that asked, where the chat has topics; answers go there. */
  get messageThreadId(): number | undefined {
    return originOf({ ...this.update })?.messageThreadId
  }

  get messageId(): number | undefined {
    return Number.isSafeInteger(this.msg?.message_id) ? this.msg?.message_id : undefined
  }

  /**
   * The one way a handler writes: its rows, its messages and the mark that the update is handled are one transaction.
   * @throws {AlreadyHandled} when the mark was there before; nothing is written then.
   */
  async commit<T>(write: (stores: Stores) => Promise<T>): Promise<T> {
    return this.db.transaction(async (stores) => {
      if (!(await stores.updates.setHandled(this.update.update_id))) throw new AlreadyHandled()
      return write(stores)
    })
  }

  /** Lays a message for this chat and topic into the outbox, as part of a commit. */
  async post(stores: Stores, letter: Omit<Letter, 'purpose'> & { purpose?: Letter['purpose'] }): Promise<void> {
    await post(stores, this, { purpose: 'reply', ...letter })
  }

  /** Answers with one text and is done with the update. */
  async answer(text: string): Promise<void> {
    await this.commit((stores) => this.post(stores, { text }))
  }
}
