import type { Update } from '../../../playground/bot-api/state.ts'
import type { House } from '../../build.ts'

interface Stored {
  id: number
  update_id: number
  chat_id: number | null
  payload: string | null
  handled_at: string | null
  error: string | null
}

const JOB_COMMAND = /^\/(board|research)\s+\S|^\/retrospective\b/

/** Every update that was answered 200 is on disk, and each stored one has acted once. */
export function checkUpdates(house: House, answered: ReadonlyMap<number, Update>): string[] {
  const stored = house.rows<Stored>('SELECT * FROM updates ORDER BY id')
  const ids = new Set(stored.map((row) => row.update_id))
  const lost = [...answered.keys()].filter((id) => !ids.has(id)).map((id) => `Update ${id} was answered 200 and is not on disk`)
  const open = stored.filter((row) => row.handled_at === null).map((row) => `Update ${row.update_id} was never finished`)
  const own = stored.filter((row) => row.payload !== null)
  return [...lost, ...open, ...own.flatMap((row) => checkJobOf(house, row)), ...checkReplies(house, own)]
}

const textOf = ({ payload }: Stored): string | undefined => JSON.parse(payload ?? '{}').message?.text

/** What asks for a job makes one, acknowledged once. */
function checkJobOf(house: House, row: Stored): string[] {
  if (!JOB_COMMAND.test(textOf(row) ?? '') || row.error !== null) return []
  const jobs = house.rows<{ id: number }>('SELECT id FROM background_jobs WHERE update_id = ?', row.update_id)
  if (jobs.length !== 1) return [`Update ${row.update_id} asked for a job and made ${jobs.length}`]
  const told = house.rows("SELECT 1 FROM deliveries WHERE job_id = ? AND purpose = 'acknowledgement'", jobs[0]?.id)
  return told.length === 1 ? [] : [`#${jobs[0]?.id} was acknowledged ${told.length} times`]
}

/** Each command and each turn of a chat is answered by one letter. */
function checkReplies(house: House, own: Stored[]): string[] {
  return [...Map.groupBy(own, (row) => row.chat_id ?? 0)].flatMap(([chat, rows]) => {
    const spoken = rows.filter((row) => textOf(row) !== undefined)
    const apologies = spoken.filter((row) => row.error !== null).length
    const commands = spoken.filter((row) => row.error === null && textOf(row)?.startsWith('/'))
    const answered = commands.filter((row) => !JOB_COMMAND.test(textOf(row) ?? '')).length
    const said = house.rows<{ turn: number; role: string; content: string }>(
      "SELECT turn, role, content FROM messages WHERE chat_id = ? AND role <> 'boundary' AND turn IN (SELECT id FROM updates)",
      chat,
    )
    const turns = new Set(said.map(({ turn }) => turn)).size
    const letters = house.rows("SELECT 1 FROM deliveries WHERE chat_id = ? AND purpose = 'reply' AND part = 1", chat).length
    // What stops a job is answered by the notice of its end.
    const stopped = house.rows(
      "SELECT 1 FROM background_jobs WHERE user_id = ? AND result_text = 'stopped by you'",
      chat,
    ).length
    const expected = answered + turns + apologies - stopped
    const chatted = spoken.filter((row) => row.error === null && !commands.includes(row))
    return [
      ...(letters === expected ? [] : [`Chat ${chat} was answered ${letters} times, ${expected} times was due`]),
      ...chatted.flatMap((row) => checkTurnOf(row, said)),
    ]
  })
}

/** What was said stands in one turn of the conversation. */
function checkTurnOf(row: Stored, said: { turn: number; role: string; content: string }[]): string[] {
  const words = JSON.stringify(textOf(row)).slice(1, -1)
  const turns = new Set(said.filter(({ role, content }) => role === 'user' && content.includes(words)).map(({ turn }) => turn))
  return turns.size === 1 ? [] : [`What update ${row.update_id} said stands in ${turns.size} turns`]
}
