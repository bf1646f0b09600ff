import type { Database } from '../../db/open.ts'
import { isPassing } from '../../db/storage-errors.ts'
import type { Alarm } from '../watch/watch.ts'
import type { Api } from './api.ts'
import { post } from './outbox.ts'

interface Parts {
  db: Database
  api: Api
  /** A private chat has the id of its person. */
  ownerUserId: number
}

/**
 * Brings alarms to the owner through the outbox, with a note that they are told, so that a restart tells none twice. Where the
 * database takes neither, the message goes out directly: that this is so is what it may have to say.
 */
export function createAlarm({ db, api, ownerUserId }: Parts): Alarm {
  const keyOf = (name: string) => `alarm_told_${name}`
  return {
    async tell(name, text, isTrouble) {
      const stored = db.transaction(async (stores) => {
        await stores.settings.set(keyOf(name), isTrouble ? new Date().toISOString() : '')
        await post(stores, { chatId: ownerUserId }, { text })
      })
      await stored.catch(async (error) => {
        if (!isPassing(error)) throw error
        await api.sendMessage(ownerUserId, text)
      })
    },
    wasTold: async (name) => Boolean(await db.settings.get(keyOf(name))),
  }
}
