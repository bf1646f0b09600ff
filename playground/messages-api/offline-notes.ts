// Looking back without understanding: retrospectives, notes and running summaries that count and quote what they were given.
import { materialOf, spread } from './offline-material.ts'
import { quoted } from './offline-topic.ts'
import { type MessageRequest, textOf } from './request.ts'

const longestSummary = 600

/** The final text of a retrospective, in Markdown. */
export function retrospective(request: MessageRequest): string {
  const { lines, messages, jobs, fragments } = materialOf(promptOf(request))
  const [first, second, third] = spread(fragments, 3).map((fragment) => quoted(fragment, 70))
  const counted = `${plural(messages, 'message')} and ${plural(jobs, 'job')}`
  return [
    `I read ${plural(lines, 'line')} with ${counted}. (A template by the offline model: it counts and quotes, and judges nothing.)`,
    '---',
    `**Wins**\n\n- You kept at it: ${counted} in this time.${first ? `\n- You wrote ${first}, and it is still there to build on.` : ''}`,
    `**Stuck**\n\n- ${second ? `${second} has been left where it was, as far as these lines show.` : 'Nothing here says what did not move.'}`,
    `**Patterns**\n\n- ${messages > jobs ? 'More was talked about than was handed over' : 'As much was handed over as talked about'}: ${counted}.`,
    `**Focus**\n\n1. ${third ?? first ?? 'One thing of your choice'}: give it one hour in the coming days.\n2. Leave one other thing out.`,
  ].join('\n\n')
}

/** Notes on one piece of a long period, for whoever writes the whole. */
export function notes(request: MessageRequest): string {
  const { lines, messages, jobs, fragments } = materialOf(promptOf(request))
  const read = `- Read ${plural(lines, 'line')}: ${plural(messages, 'message')} and ${plural(jobs, 'job')} (notes by the offline model).`
  return [read, ...spread(fragments, 3).map((fragment) => `- ${quoted(fragment, 80)}`)].join('\n')
}

/** A running summary of at most 600 characters. What an earlier one quoted counts as material, so that it is not lost at once. */
export function summary(request: MessageRequest): string {
  const prompt = promptOf(request)
  const { messages, fragments } = materialOf(prompt)
  const before = /<summary>([\s\S]*?)<\/summary>/.exec(prompt)?.[1] ?? ''
  const earlier = [...before.matchAll(/“([^”\n]+)”/g)].map((match) => match[1] ?? '')
  const kept = spread([...new Set([...earlier, ...fragments])], 3).map((fragment) => quoted(fragment, 110))
  const told = kept.length > 0 ? ` The person spoke of ${kept.join('; ')}.` : ''
  return `Folded ${plural(messages, 'message')} into this summary (by the offline model, which quotes and does not understand).${told}`
    .slice(0, longestSummary)
    .toWellFormed()
}

// A record comes as one message, or the conversation itself comes as it was.
function promptOf({ messages }: MessageRequest): string {
  if (messages.length === 1) return textOf(messages[0]?.content)
  return messages.map(({ role, content }) => `${role === 'user' ? 'Person' : 'Remy'}: ${textOf(content)}`).join('\n')
}

function plural(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}
