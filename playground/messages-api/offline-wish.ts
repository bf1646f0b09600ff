// Whether a person plainly asks for a background job. Naive: English, and only what begins with the wish;
// a question about a job never does, and neither does what a forwarded message or a file says.
import { capitalised } from './offline-topic.ts'

export type Wish = { type: 'board' | 'research' | 'retrospective'; input: string } | { rerunOf: number }

const opener =
  /^(?:(?:hey|hi|hello|ok|okay|so|and|now|then|yes|remy|please)\b[\s,!.:]*)*(?:(?:can|could|would|will) (?:you|we) (?:please )?|(?:i(?:'d|’d| would) like|i want|i need) (?:you )?to |let(?:'|’)?s |please )*/i
const questionWords = /^(?:should|is|are|do|does|can|could|would|will|what|why|how|who|when|where|which)\b/i
const aboutState = /\b(?:done|ready|finished|yet|status|say|says|said|found|running|waiting)\b/i

const again = [
  /^(?:run|do|start|try) (?:(?:the )?(?:job|board|research|retrospective) )?#?(\d+) (?:again|once more|one more time)\b/i,
  /^(?:repeat|rerun|re-run|redo|retry) (?:(?:the )?(?:job|board|research|retrospective) )?#?(\d+)\b/i,
]
const boards = [
  /^(?:have|let|get|ask|tell|want) (?:the|my|our|your) board(?: of directors)?,? (?:to )?(?:please )?(?:have a look at|look (?:at|into)|discuss|consider|think about|talk (?:about|over)|debate|weigh|review|examine|decide(?: on)?|advise(?: me)? on|argue about|about|on)\s+(.+)/is,
  /^(?:have|let|get|ask|tell) (?:the|my|our|your) board(?: of directors)?(?: to (?:say|decide))?\s+((?:whether|if)\b.+)/is,
  /^ask (?:the|my|our|your) board(?: of directors)?\s*[:,]?\s+(?!what (?:it|they)\b)(.+)/is,
  /^(?:put|bring|take) (.+?) (?:to|before|in front of) the board\b/is,
  /^(?:run|start|convene|call|hold|do) (?:a|the|another) board(?: meeting| session)? (?:on|about|for|over|to discuss)\s+(.+)/is,
]
const researches = [
  /^(?:do|run|start|make) (?:some |a |a bit of |a deep )?research (?:job )?(?:on|about|into)\s+(.+)/is,
  /^(?:look into|find out about|dig into) (.+?)[,.]? and (?:please )?research (?:it|this|that|them)\b/is,
  /^research (?!done|ready|finished|yet|is|was|has|says|shows|suggests|found)(.+)/is,
]
const period = /\b(week|month|quarter)(?:ly)?\b/i
const retrospectives = [
  /^(?:do|run|make|start|write|prepare|hold|have (?:a|another)|give|i (?:want|need))(?: (?:me|us|a|an|my|our|the|another|this|quick|short|week(?:ly)?|month(?:ly)?|quarter(?:ly)?))* (?:retrospective|retro)\b/i,
  /^(?:(?:a|my|the) )?(?:weekly |monthly |quarterly )?(?:retrospective|retro) (?:of|for|on|over)\b.*\b(?:week|month|quarter)\b/i,
  /^(?:do a )?look back (?:on|at|over) (?:the|this|my|our|last|past)\b.{0,12}\b(?:week|month|quarter)\b/i,
]
const searches = [
  /^(?:search|look) (?:(?:on )?the web|the internet|online) (?:for|about)\s+(.+)/is,
  /^(?:google|look up|search for)\s+(.+)/is,
]

/** The job that is plainly asked for, its topic without the wish around it; undefined for anything else. */
export function wishIn(text: string): Wish | undefined {
  // Several messages may come as one turn, and the wish may be in a later one; a long paste is none of that.
  const lines = text.length > 400 ? [] : text.split('\n').slice(1)
  for (const part of [text, ...lines]) {
    const wish = wishAt(part.trim())
    if (wish) return wish
  }
  return undefined
}

/** What to search the web for, where that is plainly asked for. */
export function searchIn(text: string): string | undefined {
  const said = text.slice(opener.exec(text)?.[0].length ?? 0)
  const topic = firstOf(searches, said.trim())
  return topic && trimmed(topic, true)
}

function wishAt(text: string): Wish | undefined {
  const opening = opener.exec(text)?.[0] ?? ''
  const said = text.slice(opening.length).trim()
  const number = firstOf(again, said)
  if (number) return { rerunOf: Number(number) }

  const asked = /\b(?:can|could|would|will) (?:you|we)\b/i.test(opening)
  const topic = firstOf(boards, said)
  if (topic && !aboutJob(said)) return { type: 'board', input: trimmed(topic, asked) }
  if (retrospectives.some((form) => form.test(said)) && !aboutJob(said)) {
    return { type: 'retrospective', input: period.exec(said)?.[1]?.toLowerCase() ?? 'month' }
  }
  const question = firstOf(researches, said)
  if (question && !aboutJob(said)) return { type: 'research', input: trimmed(question, asked) }
  return undefined
}

function firstOf(forms: RegExp[], text: string): string | undefined {
  for (const form of forms) {
    const found = form.exec(text)?.[1]
    if (found?.trim()) return found
  }
  return undefined
}

// "Research done yet?" has the form of a wish.
function aboutJob(said: string): boolean {
  return said.endsWith('?') && said.length < 40 && aboutState.test(said)
}

function trimmed(topic: string, asked: boolean): string {
  const whole = topic.trim().replace(/^if\b/i, 'whether')
  const statement = asked && !questionWords.test(whole) ? whole.replace(/\s*\?$/, '') : whole
  const bare = statement.replace(/[\s,.!]*(?:\b(?:for me|please|thanks|thank you|in the background)\b[\s,.!]*)+$/i, '')
  return capitalised(bare.replace(/(?<!\.)[.!]$/, ''))
}
