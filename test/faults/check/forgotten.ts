import { ada, ben, type House } from '../../build.ts'

/** Who was told that they are forgotten has nothing left but what they have said since. */
export function checkForgotten(house: House): string[] {
  return [ada, ben].flatMap(({ id }) => {
    const told = house.telegram.sent(id).findLast(({ text }) => text.includes('I have forgotten you'))
    if (!told) return []
    // The farewell stands where the question was asked, and whole seconds are all that Telegram tells.
    const since = new Date((told.date + 1) * 1_000).toISOString()
    const left = Object.entries({
      jobs: 'SELECT 1 FROM background_jobs WHERE user_id = ? AND created_at < ?',
      messages: 'SELECT 1 FROM messages WHERE user_id = ? AND created_at < ?',
      deliveries: 'SELECT 1 FROM deliveries WHERE chat_id = ? AND created_at < ?',
      updates: 'SELECT 1 FROM updates WHERE chat_id = ? AND received_at < ?',
    }).map(([what, sql]) => [what, house.rows(sql, id, since).length] as const)
    return left.flatMap(([what, count]) => (count > 0 ? [`Person ${id} is forgotten, and ${count} ${what} are left`] : []))
  })
}
