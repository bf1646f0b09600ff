// The offline model in the chat: reads what the job tools really returned and puts it into sentences.
// Naive: it knows what is meant by English keywords.
import { filesAnswer } from './offline-files.ts'
import { heartOf, type Job, jobsIn, nameOf, newestFirst, stateOf } from './offline-jobs.ts'
import { answerAbout } from './offline-reply.ts'
import { searchedAnswer } from './offline-research.ts'
import { sampleFor } from './offline-samples.ts'
import { startReply } from './offline-start.ts'
import { capitalised } from './offline-topic.ts'
import { type Call, currentTurn, has, parsed } from './offline-turn.ts'
import { searchIn } from './offline-wish.ts'
import type { Reply } from './reply.ts'
import type { MessageRequest } from './request.ts'

type Question = { type?: string; wants: 'content' | 'state' | 'other'; status?: string; timeZone: string }

const offline = 'I am an offline model, so I only read what the registry says.'
const maximumPages = 8

/** Calls the job tools until the wish or the question can be answered from their results, then answers it. */
export function chatReply(request: MessageRequest): Reply {
  const turn = currentTurn(request)
  const { text, timeZone, files, replied, calls } = turn
  const start = startReply(request, turn)
  if (start) return start
  if (replied) return { text: `${answerAbout(replied, text)}\n\n${offline}` }
  if (files.length > 0) return { text: filesAnswer(files) }
  const search = searchIn(text)
  if (search && has(request, 'web_search')) return searchedAnswer(search)
  const question: Question = { ...understand(text), timeZone }
  if (question.wants === 'other' || !has(request, 'list_background_jobs')) return { text: sampleFor(text) ?? smallTalk(text) }
  const list = calls.findLast((call) => call.name === 'list_background_jobs')
  if (!list) return { toolCalls: [{ name: 'list_background_jobs', input: filterFor(question, request, text) }] }
  const jobs = jobsIn(list)
  if (!jobs) return { text: `I could not read the list of jobs: ${list.text || 'it came back empty'}. ${offline}` }
  if (question.wants === 'content') return contentAnswer(question, jobs, calls, request)
  return { text: `${stateAnswer(question, jobs)} ${offline}` }
}

function understand(text: string): Omit<Question, 'timeZone'> {
  const said = text.toLowerCase()
  const type = /\bboard\b|\bdirectors?\b/.test(said) ? 'board' : said.match(/\bretrospective|\bresearch/)?.[0]
  const content =
    /\b(say|says|said|conclu\w+|find|found|thinks?|thought|recommend\w*|decided?|results?|verdict|suggest\w*|advise\w*|outcome|read|show)\b/
  const state =
    /\b(done|ready|finish\w*|complete\w*|status|state|running|progress|yet|still|queued?|waiting|pending|fail\w*|any|list|show|which)\b|\bhow('s|\s+is|\s+are)\b|\bwhere('s|\s+is)\b/
  const status = said.match(/\b(running|queued|failed)\b/)?.[0]
  if (type && content.test(said)) return { type, wants: 'content' }
  if ((type || /\b(jobs|background|tasks|(the|my|last) (job|task))\b/.test(said)) && state.test(said))
    return { type, wants: 'state', status }
  return { wants: 'other' }
}

// "Any jobs running?" may be narrowed; a question about one job may not, or its end would look like its absence.
function filterFor({ type, status, wants }: Question, request: MessageRequest, text: string): Record<string, unknown> {
  const schema = request.tools?.find((tool) => tool.name === 'list_background_jobs')?.input_schema
  const properties = schema?.properties as Record<string, { enum?: unknown[] }> | undefined
  const filter = properties?.status_filter
  const allowed = filter !== undefined && (filter.enum?.includes(status) ?? true)
  const topic = wants === 'content' && properties?.query ? topicIn(text) : undefined
  if (topic) return { query: topic }
  return !type && status && allowed ? { status_filter: status } : {}
}

/** `lisbon` in `what did the board say about Lisbon in June?` */
function topicIn(text: string): string | undefined {
  return /\babout (?:the |my |our )?([^?.!,]+?)(?: (?:in|on|last|this|back|yesterday|today)\b[^?.!]*)?[?.!]*$/i
    .exec(text)?.[1]
    ?.toLowerCase()
}

function contentAnswer(question: Question, jobs: Job[], calls: Call[], request: MessageRequest): Reply {
  const ofType = newestFirst(jobs).filter((job) => isOf(job, question.type))
  const newest = ofType[0]
  const done = ofType.find((job) => job.status === 'done')
  if (!done) return { text: `${newest ? stateOf(newest, question.timeZone) : nothingYet(question)} ${offline}` }

  const pages = calls.filter((call) => call.name === 'get_background_job' && String(call.input.job_id) === String(done.id))
  const read = pages.map((page) => (page.failed ? undefined : (parsed(page.text) as Job | undefined)))
  const listed = typeof done.result === 'string' && done.result.length >= (done.result_length ?? 0) ? done.result : undefined
  const next = pages.length === 0 ? 0 : (read.at(-1)?.next_offset ?? undefined)
  if (listed === undefined && next !== undefined && pages.length < maximumPages && has(request, 'get_background_job')) {
    const input = { job_id: done.id, ...(next > 0 ? { offset: next } : {}) }
    return { toolCalls: [{ name: 'get_background_job', input }] }
  }
  const text = listed ?? (read.map((page) => page?.result ?? '').join('') || (done.result ?? done.result_preview ?? ''))
  const later = newest && newest !== done ? `${stateOf(newest, question.timeZone)} The one before it is done.\n\n` : ''
  const heart = heartOf(text)
  const lead = `${capitalised(nameOf(done))} says${heart === text ? '' : ', in short'}:`
  const rest = heart === text ? '' : `/job ${done.id} sends you the whole of it. `
  return { text: `${later}${lead}\n\n${heart}\n\n${rest}${offline}` }
}

function stateAnswer(question: Question, jobs: Job[]): string {
  const found = newestFirst(jobs).filter((job) => isOf(job, question.type) && (question.type || isIn(job, question)))
  const first = found[0]
  if (!first) return question.status ? `No job is ${question.status} just now.` : nothingYet(question)
  if (question.type) {
    const lead = first.status === 'done' ? 'Yes. ' : first.status === 'failed' ? 'No. ' : 'Not yet. '
    return `${lead}${stateOf(first, question.timeZone)}`
  }
  const shown = found.slice(0, 10)
  const count = found.length === 1 ? 'One job.' : `${found.length} jobs, newest first.`
  return [count, ...shown.map((job) => stateOf(job, question.timeZone))].join('\n')
}

function nothingYet({ type }: Question): string {
  const command = type === 'board' || type === undefined ? '/board and a topic' : `/${type}`
  return `There is no ${type ?? 'background job'} yet. You can start one with ${command}.`
}

function smallTalk(text: string): string {
  const greets = /^(hi|hello|hey|good (morning|afternoon|evening)|\/start)\b/i.test(text)
  const thanks = /\b(thanks|thank you|cheers)\b/i.test(text)
  const opening = greets ? 'Hello! ' : thanks ? 'You are welcome. ' : ''
  return (
    `${opening}I am an offline model that answers without a key, so I cannot really think about this. ` +
    'Try “/board Should we open a second shop?”, or just “have the board look at a second shop”; ask “is my board done yet?” ' +
    'while it runs, and “what did the board say?” when it is done. A photo, a PDF, “a table please” and “a long answer” work too.'
  )
}

function isOf(job: Job, type: string | undefined): boolean {
  return type === undefined || (job.type ?? '').includes(type)
}

// As the tool has it, running includes what waits.
function isIn(job: Job, { status }: Question): boolean {
  return status === undefined || job.status === status || (status === 'running' && job.status === 'queued')
}
