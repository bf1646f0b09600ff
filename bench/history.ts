// What a turn sends in a chat of a thousand turns, and how much of it is read from the prompt cache. The model is scripted;
// tokens and cache are counted by the local Messages API, about four characters each.
import { textOf } from '../playground/messages-api/request.ts'
import { ada, build } from '../test/build.ts'

const TURNS = 1_000
const SHOWN = [1, 10, 25, 50, 100, 250, 500, 750, 1_000]

const isFold = (request: { system?: string | object[] }) => JSON.stringify(request.system).includes('Role: Summary')
/** Lengths that differ from turn to turn, the same in every run. */
const words = (turn: number, least: number, spread: number) =>
  `${'word '.repeat(least + ((turn * 7_919) % spread))}in turn ${turn}.`

await using house = await build()
house.claude.when(isFold, { text: `What was said before, in short. ${'A fact that matters. '.repeat(60)}` })
house.claude.when(
  () => true,
  (request) => ({
    text: words(Number(/turn (\d+)\.$/.exec(textOf(request.messages.at(-1)?.content ?? ''))?.[1] ?? 0), 40, 120),
  }),
)
for (let turn = 1; turn <= TURNS; turn++) {
  house.telegram.say(ada, words(turn, 5, 40))
  await house.until(() => house.rows("SELECT 1 FROM messages WHERE role = 'assistant'").length === turn, 60_000)
}

const turns = house.claude.requests
  .filter(({ body }) => !isFold(body))
  .map(({ usage = { input_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 } }) => ({
    sent: usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens,
    read: usage.cache_read_input_tokens,
  }))
const at = (turn: number) => turns[turn - 1] ?? { sent: 0, read: 0 }
const reference = at(50).sent
const line = (name: string | number, sent: number, read: number) =>
  `| ${name} | ${sent} | ${(sent / reference).toFixed(2)} | ${read} | ${Math.round((100 * read) / sent)} % |`
const later = turns.slice(50)
const [smallest = at(50), ...rest] = later.toSorted((a, b) => a.sent - b.sent)
const largest = rest.at(-1) ?? smallest
const sum = (field: 'sent' | 'read') => later.reduce((total, turn) => total + turn[field], 0)
const folds = house.claude.requests.filter(({ body }) => isFold(body)).length
const least = Math.min(...later.map(({ read }) => read))

process.stdout.write(
  [
    '| turn | tokens sent | to turn 50 | of these from the cache | |',
    '|---|---|---|---|---|',
    ...SHOWN.map((turn) => line(turn, at(turn).sent, at(turn).read)),
    line('smallest after 50', smallest.sent, smallest.read),
    line('largest after 50', largest.sent, largest.read),
    line('mean after 50', Math.round(sum('sent') / later.length), Math.round(sum('read') / later.length)),
    '',
    `${folds} folds. The least that a turn after 50 read from the cache: ${least} tokens, the fixed part.`,
    '',
  ].join('\n'),
)
if (largest.sent > reference * 1.1) process.exitCode = 1
