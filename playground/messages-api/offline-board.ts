// Board views for a topic. Templates, chosen by the topic's hash: the same topic reads the same, another one differs.
import { type Role, roles } from './offline-roles.ts'

export const directors = ['Strategy', 'Content', 'Finance', 'Research', 'Critic'] as const
export type Director = (typeof directors)[number]

const offline = 'This comes from an offline model: a template around your topic, nobody’s considered opinion.'

/** One director's view, 120 to 200 words of plain text, of the prompt's `<topic>` (or of the whole prompt without one). */
export function boardView(director: Director, prompt: string): string {
  const topic = quoted(prompt.match(/<topic>([\s\S]*?)<\/topic>/)?.[1] ?? prompt)
  const choose = chooser(`${director} ${topic}`)
  return director === 'Critic' ? critique(topic, viewsIn(prompt), choose) : view(roles[director], topic, choose)
}

type Choose = (from: string[], count?: number) => string[]

function view(role: Role, topic: string, choose: Choose): string {
  const paragraphs = [
    [...choose(role.openings).map((opening) => opening.replace('%', () => topic))],
    ['I would put these questions to you.', ...choose(role.questions, 3)],
    [...choose(role.looks, 2), ...choose(role.leanings)],
    [offline],
  ]
  return paragraphs.map((sentences) => sentences.join(' ')).join('\n\n')
}

function critique(topic: string, views: string[], choose: Choose): string {
  const heard = views.length > 0 ? `I have read ${joined(views)} on ${topic}.` : `I have only ${topic} itself to go by.`
  const paragraphs = [
    [heard, ...choose(criticisms.openings)],
    choose(criticisms.attacks, 2),
    [`What to do: ${choose(criticisms.actions)}`],
    [`The biggest risk: ${choose(criticisms.risks)}`],
    [`The open question: ${choose(criticisms.questions)}`],
    [offline],
  ]
  return paragraphs.map((sentences) => sentences.join(' ')).join('\n\n')
}

const criticisms = {
  openings: [
    'Somebody has to argue the other side, so I will: when careful people agree this quickly, they have usually asked the same question.',
    'My task is to disagree. The case sounds reasonable, and reasonable cases are the ones that nobody checks twice.',
    'Let me take the side that is missing here: perhaps the right amount of this is none, and we are discussing its size.',
  ],
  attacks: [
    'A trial is called reversible until people have been told, hired or promised something; then it is a commitment with a nicer name.',
    'Every argument so far assumes that attention is free. It is the scarcest thing you have, and this would take it daily.',
    'The benefits are described in general words and the costs in particular ones, which tells you which side has been thought through.',
    'Nobody has said what they would need to see in order to drop the idea, so at present nothing can count against it.',
  ],
  actions: [
    'take the smallest step that could prove you wrong, give it four weeks and one owner, and write the stopping rule down today.',
    'spend two weeks on the one assumption that carries the rest, decide on a fixed day, and then stop discussing it.',
    'go ahead with a version that costs no more than you would gladly lose, and let its result pay for the next one.',
  ],
  risks: [
    'a slow half-success that is too good to end and too weak to matter, and that quietly eats the time of better things.',
    'that the first good week is taken for proof, and the size is increased before anyone knows what caused it.',
    'that it depends on one person’s energy, and that this person is already promised elsewhere.',
  ],
  questions: [
    'who, outside this conversation, wants it enough to give up something for it?',
    'what will you stop doing to make room, and have you told the people whom that concerns?',
    'what result, by which date, would make you say that this was a mistake?',
  ],
}

function viewsIn(prompt: string): string[] {
  return [...prompt.matchAll(/<view director="([^"]+)">/g)].map((match) => match[1] ?? '')
}

function joined(names: string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names.join('')
}

function quoted(topic: string): string {
  const line = topic.replace(/\s+/g, ' ').trim()
  return `“${line.length > 60 ? `${line.slice(0, 59).toWellFormed()}…` : line}”`
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
