// What a record of a conversation holds, without understanding it: counts, and fragments to quote.
// Naive: a message begins with a line that names who said it, a job with its number.

export type Material = { lines: number; messages: number; jobs: number; fragments: string[] }

const shortestFragment = 12
const time = String.raw`^(?:[-*] )?(?:\[[^\]]*\]\s*)?`
const speaker = new RegExp(`${time}(person|user|human|remy|assistant)\\b[^:\\n]{0,40}:[ \\t]*(.*)$`, 'i')
const job = new RegExp(`${time}job #(\\d+)\\b`, 'i')
const earlierNotes = /^- Read (\d+) lines?: (\d+) messages? and (\d+) jobs?/

/** Of what stands in the tag that the prompt has for it; of all of the prompt without one. */
export function materialOf(prompt: string): Material {
  const text = /<(material|turns|messages)>([\s\S]*)<\/\1>/.exec(prompt)?.[2] ?? prompt
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^<\/?[a-z_]+[^>]*>$/.test(line.trim()))
  const noted = lines.flatMap((line) => earlierNotes.exec(line)?.slice(1).map(Number) ?? [])
  if (noted.length > 0) return ofNotes(lines, noted)
  const turns = lines.filter((line) => speaker.test(line)).length
  const jobs = lines.flatMap((line) => job.exec(line)?.[1] ?? [])
  return {
    lines: lines.length,
    messages: turns,
    jobs: new Set(jobs.length > 0 ? jobs : text.match(/(?<![\w&])#\d+/g)).size,
    fragments: quotable(turns > 0 ? saidByPerson(lines) : lines.map((line) => line.replace(/^[-*\d.\s]+/, ''))),
  }
}

// Notes of notes: their counts are added up, three to a note.
function ofNotes(lines: string[], counts: number[]): Material {
  const sum = (from: number) => counts.reduce((total, count, index) => total + (index % 3 === from ? count : 0), 0)
  const fragments = quotable(lines.filter((line) => !earlierNotes.test(line)).map((line) => line.replace(/^- /, '')))
  return { lines: sum(0), messages: sum(1), jobs: sum(2), fragments }
}

// The first line with words in it of each message; the date in square brackets before them is none.
function saidByPerson(lines: string[]): string[] {
  const firsts: string[] = []
  let waiting = false
  for (const line of lines) {
    const [, who = '', rest = ''] = speaker.exec(line) ?? []
    if (who || job.test(line)) waiting = /person|user|human/i.test(who)
    const words = bare(who ? rest : line)
    if (!waiting || words === '') continue
    firsts.push(words)
    waiting = false
  }
  return firsts
}

function quotable(lines: string[]): string[] {
  return lines.map(bare).filter((line) => line.length >= shortestFragment)
}

// Quotes inside a quote would be taken for its end when a text that quotes is read again.
function bare(line: string): string {
  return line
    .replace(/[“”"*_`#]/g, '')
    .replace(/^\s*\[[^\]]*\]\s*/, '')
    .trim()
}

/** As many, from all over. */
export function spread(from: string[], count: number): string[] {
  if (from.length <= count) return from
  return Array.from({ length: count }, (_, index) => from[Math.floor((index * (from.length - 1)) / (count - 1))] ?? '')
}
