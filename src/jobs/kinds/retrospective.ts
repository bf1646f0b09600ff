import { readFileSync } from 'node:fs'
import { defineKind, type JobContext, type Past } from '../kind.ts'

const days = { week: 7, month: 30, quarter: 91 } as const
type Period = keyof typeof days

/** How much is read in one call, in UTF-16 units. A longer period is condensed in pieces of this size first, as often as it takes. */
const PIECE = 60_000

/** A long period is no reason for others to wait. */
const AT_ONCE = 3

const prompts = { final: readPrompt('retrospective'), notes: readPrompt('note-taker') }

/** Reads what a period left behind (conversation and jobs) and writes what went well, what is stuck, and what to turn to. */
export const retrospective = defineKind({
  type: 'retrospective',
  description: 'Look back on a week, month or quarter',
  usage: 'Which time shall I look back on?\n/retrospective week\n/retrospective month\n/retrospective quarter',
  inputHint: 'looks back on a period of conversation and jobs; the input is week, month or quarter, month if not said',
  takesMaterial: false,
  readInput(argument) {
    const period = argument.trim().toLowerCase() || 'month'
    return Object.hasOwn(days, period) ? period : undefined
  },

  async run(context) {
    const { job, localTime } = context
    const period = job.inputText as Period // by readInput
    const since = localTime.startOfDay(days[period])
    const entries = entriesOf(await context.lookBack(since), context)
    const span = `the last ${days[period]} days, since ${localTime.day(since)}`
    if (entries.length === 0) return `Nothing is stored of ${span}, so there is nothing to look back on yet.`

    const material = await condense(entries, context)
    context.stage('writing')
    const user = `<period>${span}; today is ${localTime.long()}</period>\n\n<material>\n${material}\n</material>`
    return (await context.ask('Retrospective', { system: prompts.final, user, about: material })).text
  },
})

/** Every line of the period in its order: what was said, and what the jobs were asked and gave. */
function entriesOf({ said, jobs }: Past, { job, localTime }: JobContext): string[] {
  // The wish for it may stand in the conversation too.
  const earlier = said.filter(({ at }) => at < job.createdAt)
  const worked = jobs
    .filter(({ jobType }) => jobType !== 'retrospective')
    .map(({ id, jobType, status, createdAt: at, inputText, resultText }) => {
      const outcome = resultText === null ? '' : `\nIts result: ${resultText}`
      return { at, text: `Job #${id} (${jobType}, ${status}) was asked for: ${inputText}${outcome}` }
    })
  const sorted = [...earlier, ...worked].sort((a, b) => a.at.localeCompare(b.at))
  return sorted.map(({ at, text }) => `[${localTime.short(at)}] ${text}`)
}

/** All of it where it fits into one call, else notes of each piece, and notes of the notes where those are too long. */
async function condense(entries: string[], context: JobContext): Promise<string> {
  let material = entries.join('\n\n')
  for (let round = 1; material.length > PIECE; round++) {
    const pieces = inPieces(material)
    const said = `reading ${round === 1 ? 'it all' : 'the notes'}`
    const notes: string[] = []
    for (let first = 0; first < pieces.length; first += AT_ONCE) {
      context.stage(`${said}, ${first} of ${pieces.length} parts`)
      const some = pieces.slice(first, first + AT_ONCE).map((piece, index) => {
        const name = `Notes ${round === 1 ? '' : 'of notes '}${first + index + 1} of ${pieces.length}`
        const user = `<material>\n${piece}\n</material>`
        return context.ask(name, { system: prompts.notes, user })
      })
      notes.push(...(await Promise.all(some)).map(({ text }) => text))
    }
    const condensed = notes.join('\n\n')
    if (condensed.length >= material.length) return condensed
    material = condensed
  }
  return material
}

/** Pieces of about the same length, parted at line ends where there are any; nothing is left out. */
function inPieces(text: string): string[] {
  const size = Math.ceil(text.length / Math.ceil(text.length / PIECE))
  const pieces: string[] = []
  for (let start = 0; start < text.length; ) {
    const seam = text.lastIndexOf('\n', start + size)
    const cut = seam > start + size / 2 ? seam : start + size - (isHighSurrogate(text.charCodeAt(start + size - 1)) ? 1 : 0)
    const end = start + size >= text.length ? text.length : cut
    pieces.push(text.slice(start, end))
    start = end
  }
  return pieces
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function readPrompt(name: string): string {
  return readFileSync(new URL(`./retrospective/${name}.md`, import.meta.url), 'utf8')
}
