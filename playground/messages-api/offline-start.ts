// The offline model starts a job when it is plainly asked to, and says what became of that.
import { type Job, jobsIn } from './offline-jobs.ts'
import { capitalised } from './offline-topic.ts'
import { type Call, has, parsed, type Turn } from './offline-turn.ts'
import { type Wish, wishIn } from './offline-wish.ts'
import type { Reply } from './reply.ts'
import type { MessageRequest } from './request.ts'

const offline = 'I am an offline model: I took your words as they stand, and what comes of it are templates.'

type Started = { job_id?: number | string; status?: string; position?: number; position_in_line?: number }

/** Undefined where nothing is to be started. */
export function startReply(request: MessageRequest, { text, calls }: Turn): Reply | undefined {
  const wish = wishIn(text)
  if (!wish) return undefined
  if (!has(request, 'start_background_job')) return { text: `I cannot start jobs from here. ${commandFor(wish)} ${offline}` }
  const start = calls.findLast((call) => call.name === 'start_background_job')
  if (start) return { text: `${outcomeOf(start)} ${offline}` }
  if (!('rerunOf' in wish)) return starting(request, { job_type: wish.type, input: wish.input })

  const lookUp = lookUpOf(wish.rerunOf, calls)
  if (!lookUp && has(request, 'get_background_job')) {
    return { toolCalls: [{ name: 'get_background_job', input: { job_id: wish.rerunOf } }] }
  }
  if (!lookUp && has(request, 'list_background_jobs')) return { toolCalls: [{ name: 'list_background_jobs', input: {} }] }
  const type = lookUp?.job?.type
  if (!type) return { text: `I could not find job #${wish.rerunOf}${because(lookUp?.call)}. ${offline}` }
  return starting(request, { job_type: type, input: '', rerun_of: wish.rerunOf })
}

function starting(request: MessageRequest, input: { job_type: string; input: string; rerun_of?: number }): Reply {
  const allowed = typesOf(request)
  if (allowed && !allowed.includes(input.job_type)) {
    return { text: `I know no ${input.job_type} that I could start; there is ${allowed.join(', ')}. ${offline}` }
  }
  return { toolCalls: [{ name: 'start_background_job', input }] }
}

function typesOf({ tools }: MessageRequest): unknown[] | undefined {
  const schema = tools?.find(({ name }) => name === 'start_background_job')?.input_schema
  const properties = schema?.properties as Record<string, { enum?: unknown[] }> | undefined
  return properties?.job_type?.enum
}

function lookUpOf(id: number, calls: Call[]): { call: Call; job?: Job } | undefined {
  const call = calls.findLast(({ name, input }) => {
    return name === 'get_background_job' ? Number(input.job_id) === id : name === 'list_background_jobs'
  })
  if (!call) return undefined
  const single = call.failed ? undefined : (parsed(call.text) as Job | undefined)
  const job = call.name === 'get_background_job' ? single : jobsIn(call)?.find((listed) => Number(listed.id) === id)
  return { call, job }
}

function outcomeOf(start: Call): string {
  const { job_id, status, position, position_in_line } = start.failed ? {} : ((parsed(start.text) ?? {}) as Started)
  if (job_id === undefined) return `I could not start that${because(start)}.`
  const name = `${capitalised(String(start.input.job_type ?? 'job'))} #${job_id}`
  if (status !== 'queued') return `${name} has started. You get a message when it is done.`
  const place = position ?? position_in_line
  return `${name} is in line${place === undefined ? '' : ` at place ${place}`} and starts by itself. You get a message when it is done.`
}

function because(call: Call | undefined): string {
  const reason = (call?.failed ? call.text : '').trim().replace(/\.$/, '')
  return reason && `: ${reason}`
}

function commandFor(wish: Wish): string {
  if ('rerunOf' in wish) return `Look at #${wish.rerunOf} with /job ${wish.rerunOf}.`
  return `Try “/${wish.type} ${wish.input.replace(/\s+/g, ' ').slice(0, 60).toWellFormed()}”.`
}
