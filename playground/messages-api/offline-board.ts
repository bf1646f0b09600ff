// Board views for a topic. Templates, chosen by the topic's hash: the same topic reads the same, another one differs.
import { type Role, roles } from './offline-roles.ts'
import { quoted } from './offline-topic.ts'

export const directors = ['Strategy', 'Content', 'Finance', 'Research', 'Critic'] as const
export type Director = (typeof directors)[number]

const template = '(A template by the offline model.)'
const verdictTemplate = '(A template by the offline model: nobody’s considered opinion.)'

/**
 * One director's view of the prompt's `<topic>` (or of the whole prompt without one): 120 to 200 words with some Markdown,
 * or plain text where that is asked for.
 */
export function boardView(director: Director, prompt: string, { markdown = true } = {}): string {
  const topic = quoted(prompt.match(/<topic>([\s\S]*?)<\/topic>/)?.[1] ?? prompt)
  const choose = chooser(`${director} ${topic}`)
  const text = director === 'Critic' ? critique(topic, viewsIn(prompt), choose) : view(roles[director], topic, choose)
  return markdown ? text : text.replaceAll('**', '').replace(/^- /gm, '')
}

type Choose = (from: string[], count?: number) => string[]

function view(role: Role, topic: string, choose: Choose): string {
  const paragraphs = [
    [...choose(role.openings).map((opening) => opening.replace('%', () => topic))],
    ['I would put these questions to you:', ...choose(role.questions, 3).map((question) => `\n- ${question}`)],
    [...choose(role.looks, 2), ...choose(role.leanings).map((leaning) => leaning.replace(/^[^:]+:/, '**$&**')), template],
  ]
  return paragraphs.map((sentences) => sentences.join(' ').replaceAll(' \n', '\n')).join('\n\n')
}

// In the form that the Critic is asked for: four parts with their names, and nothing before them.
function critique(topic: string, views: string[], choose: Choose): string {
  const heard =
    views.length > 0 ? `${joined(views)} ${views.length > 1 ? 'all treat' : 'treats'} it` : 'The topic presents itself'
  const paragraphs = [
    ['**What to do:**', ...choose(criticisms.actions).map((action) => action.replace('%', () => topic))],
    [
      '**The other side:**',
      ...choose(criticisms.openings).map((opening) => opening.replace('%', heard)),
      ...choose(criticisms.attacks),
    ],
    ['**The biggest risk:**', ...choose(criticisms.risks)],
    ['**The open question:**', ...choose(criticisms.questions)],
    [verdictTemplate],
  ]
  return paragraphs.map((sentences) => sentences.join(' ')).join('\n\n')
}

/** `%` in an action is the topic, in an opening who was read. */
const criticisms = {
  actions: [
    'On %, take the smallest step that could prove you wrong: choose it today, take it within a week, and give it four weeks and a rule for stopping.',
    'On %, name the one assumption that carries the rest, spend this week on testing it, and decide on a day that you fix now.',
    'On %, go ahead with a version that costs no more than you would gladly lose, begin it this week, and let its result pay for the next.',
  ],
  openings: [
    '% as a matter of how. Perhaps the right amount of it is none, and only its size has been discussed.',
    '% as something that can be tried and dropped again. Careful people who agree this quickly have usually asked the same question.',
    '% as reasonable. Reasonable cases are the ones that nobody checks twice.',
  ],
  attacks: [
    'A trial is called reversible until people have been told or promised something; then it is a commitment with a nicer name.',
    'Every argument so far assumes that attention is free, when it is the scarcest thing you have and this would take it daily.',
    'The benefits stand there in general words and the costs in particular ones, which tells you which side was thought through.',
    'Nobody has said what they would need to see in order to drop the idea, so at present nothing can count against it.',
  ],
  risks: [
    'A slow half-success, too good to end and too weak to matter, that eats the time of better things. You notice it when you stop looking at the date that you set.',
    'The first good week is taken for proof, and the size grows before anyone knows what caused it. You notice it when the plan gets larger and the reasons do not.',
    'It depends on one person’s energy, and that energy is already promised elsewhere. You notice it at the second appointment that is moved.',
  ],
  questions: [
    'Who, outside this conversation, wants it enough to give up something for it?',
    'What will you stop doing to make room, and have you told the people whom that concerns?',
    'What result, by which date, would make you say that this was a mistake?',
  ],
}

function viewsIn(prompt: string): string[] {
  return [...prompt.matchAll(/<view director="([^"]+)">\s*(?!\(no view)/g)].map((match) => match[1] ?? '')
}

function joined(names: string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names.join('')
}

// Every choice moves the seed on, so one topic's parts do not all come from the same places.
function chooser(text: string): Choose {
  let seed = Array.from(text).reduce((hash, character) => (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0, 17)
  return (from, count = 1) => {
    const left = [...from]
    return Array.from({ length: Math.min(count, from.length) }, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return left.splice((seed >>> 16) % left.length, 1)[0] ?? ''
    })
  }
}
