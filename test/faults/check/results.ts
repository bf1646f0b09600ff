import type { House, JobRow } from '../../build.ts'
import { bare, cameTo, type Delivery, type Letter, lettersOf, wasRefused, wordingOf } from './chat.ts'

const isInterrupted = (job: JobRow) => job.result_text?.startsWith('interrupted') ?? false

/** Whoever asked for a job was told its end once, and where it is done, all of the result. */
export function checkResults(house: House, jobs: (JobRow & { chat_id: number | null })[], deliveries: Delivery[]): string[] {
  const outcomes = lettersOf(deliveries.filter(({ purpose }) => purpose === 'outcome'))
  return jobs.flatMap((job) => {
    const told = outcomes.filter((letter) => tells(letter, job))
    if (told.length !== 1 || !told[0]) return [`The end of #${job.id} (${job.status}) was announced ${told.length} times`]
    const [letter] = told
    const chatId = job.chat_id ?? job.user_id
    if (letter[0].chat_id !== chatId) return [`The end of #${job.id} went to chat ${letter[0].chat_id}, asked in ${chatId}`]
    if (letter.some((part) => part.state === 'failed' && wasRefused(house, part))) return []
    const read = arrivedOf(house, chatId, letter)
    const due = job.status === 'done' || !isInterrupted(job) ? (job.result_text ?? '') : ''
    const missing = firstMissing(linesOf(due), bare(read))
    return missing === undefined ? [] : [`The person who asked for #${job.id} did not get all of it: "${missing}" is missing`]
  })
}

/** By the row's job; one notice may be about several interrupted ones, and names them. */
function tells([first]: Letter, job: JobRow): boolean {
  if (first.job_id === job.id) return true
  const { text = '' } = JSON.parse(first.payload)
  return isInterrupted(job) && /interrupted/i.test(text) && new RegExp(`#${job.id}(?!\\d)`).test(text)
}

/** All that the person can read of a letter's parts, in their order. */
function arrivedOf(house: House, chatId: number, letter: Letter): string {
  const came = cameTo(house, chatId)
  return letter.map((part) => came.find(({ wording }) => wording === wordingOf(part))?.content ?? '').join('\n')
}

/** The lines of a Markdown text, bare; the addresses of links stand in the markup, not in the words. */
function linesOf(markdown: string): string[] {
  return markdown
    .replace(/\]\([^)]*\)/g, ']')
    .split('\n')
    .map(bare)
    .filter(Boolean)
}

/** The first line that is not there in its place; what stands between is no matter. */
function firstMissing(lines: string[], read: string): string | undefined {
  let at = 0
  return lines.find((line) => {
    const found = read.indexOf(line, at)
    if (found >= 0) at = found + line.length
    return found < 0
  })
}
