import type { Executor } from './open.ts'

/** What Remy remembers of the world outside, such as the webhook it registered. */
export function createSettings(db: Executor) {
  return {
    async get(key: string): Promise<string | undefined> {
      return (await db.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirst())?.value
    },

    async set(key: string, value: string): Promise<void> {
      const upsert = db.insertInto('settings').values({ key, value })
      await upsert.onConflict((conflict) => conflict.column('key').doUpdateSet({ value })).execute()
    },
  }
}
