import { readFileSync } from 'node:fs'
import { Failure, reasonOf } from '../../failure.ts'
import { anyWords, defineKind, type JobContext } from '../kind.ts'

/** The directors who give their views side by side; the Critic reads them all. More than this many missing fails the board. */
const directors = ['Strategy', 'Content', 'Finance', 'Research'] as const
const MISSING_AT_MOST = 2

const prompts = {
  Strategy: readPrompt('strategy'),
  Content: readPrompt('content'),
  Finance: readPrompt('finance'),
  Research: readPrompt('research'),
  Critic: readPrompt('critic'),
}

interface View {
  director: string
  /** The view, or undefined where there is none; then `missing` says why. */
  text?: string
  missing?: string
}

/** Two rounds of the model: four directors in parallel, then the Critic, who argues the other side and writes the verdict. */
export const board = defineKind({
  type: 'board',
  description: 'Have a board of directors look at a question',
  usage: 'Tell the board what to look at, for example:\n/board Should I move to Lisbon?',
  inputHint: 'four directors look at a question or a decision, a critic gives the verdict; the input is the question',
  takesMaterial: true,
  steps: { names: [...directors, 'Critic'], called: 'directors' },
  readInput: anyWords,

  async run(context) {
    const brief = briefOf(context.job.inputText, await context.recentConversation())
    let heard = 0
    const views = await Promise.all(
      directors.map(async (director) => {
        const view = await viewOf(director, brief, context)
        heard += 1
        context.stage(`${director} ${view.text === undefined ? 'has no view' : 'is in'}, ${heard} of ${directors.length}`)
        return view
      }),
    )
    context.signal.throwIfAborted()

    const missing = views.filter((view) => view.text === undefined)
    if (missing.length > MISSING_AT_MOST) {
      const reasons = new Set(missing.map((view) => view.missing))
      const [reason] = reasons
      if (reason && reasons.size === 1 && missing.length === directors.length) throw new Failure(reason)
      throw new Failure(`${missing.length} of the ${directors.length} directors gave no view (${reason})`)
    }
    const quoted = views.map(quote).join('\n\n')
    context.stage(`the Critic weighs ${directors.length - missing.length} views`)
    const verdict = await context.ask('Critic', { system: prompts.Critic, user: `${brief}\n\n${quoted}`, about: quoted })
    return compose(verdict.text, views)
  },
})

async function viewOf(director: (typeof directors)[number], brief: string, context: JobContext): Promise<View> {
  try {
    const about = context.job.inputText // whatever was said in the chat meanwhile
    const { text } = await context.ask(director, { system: prompts[director], user: brief, about })
    return { director, text }
  } catch (error) {
    return { director, missing: reasonOf(error) }
  }
}

function briefOf(topic: string, conversation: string): string {
  const known = conversation && `<recent_conversation>\n${conversation}\n</recent_conversation>\n\n`
  return `${known}<topic>\n${topic}\n</topic>`
}

function quote({ director, text, missing }: View): string {
  return `<view director="${director}">\n${text ?? `(no view: ${missing})`}\n</view>`
}

/** The verdict, and each view as a quote. */
function compose(verdict: string, views: View[]): string {
  const missing = views.filter((view) => view.text === undefined)
  const verdictAndGaps = [verdict, ...missing.map((view) => `(The view of ${view.director} is missing: ${view.missing}.)`)]
  const quotes = views.flatMap(({ director, text }) =>
    text === undefined ? [] : [`**${director}**\n${text.replace(/^/gm, '> ')}`],
  )
  return [...verdictAndGaps, '---', ...quotes].join('\n\n')
}

function readPrompt(name: string): string {
  return readFileSync(new URL(`./board/${name}.md`, import.meta.url), 'utf8')
}
