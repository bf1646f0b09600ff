import { Context } from 'telegraf'
import type { Message } from 'telegraf/types'
import type { Database, Stores } from '../../db/open.ts'
import { whenWritable } from '../../db/storage-errors.ts'
import type { StoredUpdate } from '../../db/updates.ts'
import type { Asker } from '../ai/tool.ts'
import type { Attachment } from '../attachment.ts'
import { attachmentsOf } from '../telegram/files.ts'
import { type Letter, post, postToast } from '../telegram/outbox.ts'
import { isOwnCommand } from './company.ts'
import type { GatheredTurn } from './gather.ts'
import { ownWords, wordsOf } from './in-words.ts'
import { originOf } from './origin.ts'

/** The update was handled before; what this try wrote is rolled back, and that is right. */
export class AlreadyHandled extends Error {}

/** A message that a person sent, as far as Remy reads it. */
export type Heard = Message &
  Partial<Pick<Message.TextMessage, 'text' | 'reply_to_message' | 'forward_origin'>> & { caption?: string }

/** What a context is made for, beside its update: all that is handled together with it. */
export interface Delivered {
  /** The stored updates, in the order of arrival. */
  stored: StoredUpdate[]
  /** The messages with edits applied; the one that the context is made of comes first. */
  messages: Heard[]
  /** The turn, where it is one. */
  turn: GatheredTurn | undefined
  /** Whether they are marked as handled. */
  areMarked: boolean
}

/** Telegraf's context of one update, with the way in which handlers write. */
export class RemyContext extends Context {
  /** Set by the first middleware of the bot. */
  declare db: Database
  declare delivered: Delivered
  /** Aborts when the service closes: what is unfinished then is finished after the next boot. */
  declare signal: AbortSignal

  /** The place of what is handled in the order of arrival. */
  get arrival(): number {
    return this.delivered.stored[0]?.id ?? 0
  }

  /** The person; the intake lets no update through without one. */
  get userId(): number {
    return this.from?.id ?? 0
  }

  /** Where answers go: the intake lets private chats through alone, and those have the id of their person. */
  get chatId(): number {
    return this.userId
  }

  /** The topic that asked, where the chat has topics; answers go there. */
  get messageThreadId(): number | undefined {
    return originOf({ ...this.update })?.messageThreadId
  }

  /** What the person wrote, as text or under a file; what they only passed on is not their word. */
  get words(): string {
    return ownWords(this.delivered.messages)
  }

  /** The files that came along, and a sentence about each that cannot be read. */
  get brought(): { files: Attachment[]; refusals: string[] } {
    return attachmentsOf(this.delivered.messages)
  }

  /** Who asks, for a job. */
  get asker(): Asker {
    const { userId, chatId, messageThreadId = null } = this
    const { files } = this.brought
    const own = this.delivered.messages.filter((message) => !message.forward_origin && wordsOf(message))
    const asking = own.find(isOwnCommand) ?? own.at(-1)
    const id = asking?.message_id ?? this.msg?.message_id
    const requestMessageId = Number.isSafeInteger(id) ? (id ?? null) : null
    return { userId, chatId, messageThreadId, requestMessageId, updateId: this.update.update_id, files }
  }

  /**
   * The one way a handler writes: its rows, its messages and the mark that its updates are handled are one transaction.
   * @throws {AlreadyHandled} when the mark was there before; nothing is written then.
   */
  async commit<T>(write: (stores: Stores) => Promise<T>): Promise<T> {
    this.delivered.turn?.signal.throwIfAborted()
    this.delivered.turn?.seal()
    const written = await whenWritable(this.delivered.turn?.signal ?? this.signal, () =>
      this.db.transaction(async (stores) => {
        for (const { updateId } of this.delivered.stored) {
          if (!(await stores.updates.setHandled(updateId))) throw new AlreadyHandled()
        }
        return write(stores)
      }),
    )
    this.delivered.areMarked = true
    return written
  }

  /** Lays a message for this chat and topic into the outbox, as part of a commit. */
  async post(stores: Stores, letter: Letter): Promise<void> {
    await post(stores, this, letter)
  }

  /** Lays the answer to the pressed button into the outbox, as part of a commit: it shows for a moment. */
  async toast(stores: Stores, text: string): Promise<void> {
    const { id } = this.callbackQuery ?? {}
    if (typeof id === 'string' && id) await postToast(stores, this.chatId, id, text)
  }

  /** The message whose button was pressed, as far as the press says. */
  get pressedMessageId(): number | undefined {
    const { message_id: id } = (this.callbackQuery?.message ?? {}) as { message_id?: unknown } // looked at, not trusted
    return Number.isSafeInteger(id) && Number(id) > 0 ? Number(id) : undefined
  }

  /** Answers a button with one text and is done with it. */
  async answerButton(text: string): Promise<void> {
    await this.commit((stores) => this.toast(stores, text))
  }

  /** Answers with one text and is done with the update. */
  async answer(text: string): Promise<void> {
    await this.commit((stores) => this.post(stores, { text }))
  }
}
