// What the offline model makes of a reply to a message of a job: it finds the part that is asked about, and quotes it.
import { heartOf } from './offline-jobs.ts'
import { capitalised } from './offline-topic.ts'

/** A job whose message the person replies to: `#42 board`, and the whole of it. */
export type RepliedJob = { name: string; text: string }

const tag = /^<in_reply_to job="([^"\n]*)">\n([\s\S]*?)\n<\/in_reply_to>$/m

/** The job in a turn's words, where they reply to one. */
export function repliedJobIn(said: string): RepliedJob | undefined {
  const [, name, text] = tag.exec(said) ?? []
  return name && text ? { name, text } : undefined
}

/** Quotes who is asked about, or else what the job came to. */
export function answerAbout(job: RepliedJob, question: string): string {
  const asked = sectionsOf(job.text).find(({ title }) => question.toLowerCase().includes(title.toLowerCase()))
  if (asked) return `In ${job.name}, ${asked.title} says:\n\n${asked.text}`
  const body = job.text.slice(job.text.indexOf('\n\n') + 2)
  return `${capitalised(job.name)} says, in short:\n\n${heartOf(body)}`
}

/** The parts of a result that have a name of their own: a bold line, and the quote or the words below it. */
function sectionsOf(text: string): { title: string; text: string }[] {
  const named = text.matchAll(
    /^(?:\*\*([A-Z][^*\n]{1,40})\*\*|(.{1,40}), finished so far:)\n([\s\S]*?)(?=\n\n(?:\*\*|.{1,40}, finished so far:)|$(?![\s\S]))/gm,
  )
  return [...named].map(([, bold, step, body = '']) => ({ title: bold ?? step ?? '', text: body.replace(/^> ?/gm, '').trim() }))
}
