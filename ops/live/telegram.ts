import { setTimeout as sleep } from 'node:timers/promises'
import { TelegramError } from 'telegraf'
import type { Api } from '../../src/telegram/api.ts'
import { expectThat } from './assumption.ts'
import { fileAssumptions } from './telegram-files.ts'
import { refusalAssumptions } from './telegram-refusals.ts'
import { textAssumptions } from './telegram-texts.ts'

type Fields = Record<string, unknown>

/** A message as far as an assumption looks at it. */
export interface Sent {
  message_id: number
  text?: string
  entities?: { type: string; offset: number; length: number; url?: string; language?: string }[]
  reply_markup?: unknown
  reply_to_message?: unknown
  document?: { file_id: string; file_name?: string; mime_type?: string; file_size?: number }
}

/** One chat of the owner: calls into it, silently, and takes away again what they wrote. */
export function createChat(api: Api, chatId: number) {
  const written = new Set<number>()

  async function call<Result = unknown>(method: string, fields: Fields = {}): Promise<Result> {
    const payload = { chat_id: chatId, ...fields }
    try {
      return (await api.callApi(method as 'sendMessage', payload as never)) as Result // what the method is documented to give
    } catch (error) {
      const seconds = error instanceof TelegramError && error.code === 429 ? error.parameters?.retry_after : undefined
      if (seconds === undefined) throw error
      await sleep(seconds * 1_000)
      return (await api.callApi(method as 'sendMessage', payload as never)) as Result
    }
  }

  return {
    api,
    call,

    /** Sends, and remembers the message for the cleaning. */
    async send(fields: Fields, method = 'sendMessage'): Promise<Sent> {
      const message = await call<Sent>(method, { disable_notification: true, ...fields })
      written.add(message.message_id)
      return message
    },

    /** Holds when Telegram refuses the call with 400 and these words. */
    async refuses(words: string, fields: Fields, method = 'sendMessage'): Promise<void> {
      const said = await call<Sent>(method, { disable_notification: true, ...fields }).then(
        (result) => {
          if (result.message_id) written.add(result.message_id)
          return 'it was taken'
        },
        (error: unknown) => (error instanceof TelegramError && error.code === 400 ? error.description : String(error)),
      )
      expectThat(said.includes(words), said)
    },

    /** Deletes what is left, and gives the number of messages for which that failed. */
    async cleanUp(): Promise<number> {
      let left = 0
      for (const message_id of written) {
        await call('deleteMessage', { message_id }).catch((error: unknown) => {
          if (!(error instanceof TelegramError && /not found/.test(error.description))) left++
        })
      }
      return left
    },
  }
}

export type Chat = ReturnType<typeof createChat>

export const telegramAssumptions = [...textAssumptions, ...refusalAssumptions, ...fileAssumptions]
