import type { Delivery } from '../../db/deliveries.ts'
import type { Step } from '../../db/job-events.ts'
import type { Job } from '../jobs/lifecycle.ts'
import { elapsed, type LocalTime, stopwatch } from '../local-time.ts'
import { deliveryInWords } from './delivery-in-words.ts'
import { ordinal } from './ordinal.ts'
import type { Letter } from './outbox.ts'
import { snippet } from './snippet.ts'
import { statusButtons } from './status-text.ts'

/** The state of a job as people see it in lists. */
export const marks = { queued: '🕓 queued', running: '⏳ running', done: '✅ done', failed: '❌ failed' } as const

export interface CardFacts {
  steps: readonly Step[]
  /** The parts of its outcome. */
  outcome: readonly Delivery[]
  /** Its place in line, where it waits. */
  position: number | undefined
  /** What it used, in words. */
  usage: string | undefined
}

/**
 * What there is to know of a job, on one screen. It is a reply to the first message of the outcome, where that was
 * delivered: one tap leads there.
 */
export function cardLetter(job: Job, { steps, outcome, position, usage }: CardFacts, localTime: LocalTime): Letter {
  const delivery = deliveryInWords([...outcome], localTime)
  const lines = [
    `🗂 #${job.id} ${job.jobType} · ${marks[job.status]}`,
    snippet(job.inputText),
    job.rerunOf === null ? undefined : `It ran #${job.rerunOf} again`,
    position === undefined ? undefined : `${ordinal(position)} in line`,
    timesOf(job, localTime),
    job.stage ?? undefined,
    stepsOf(steps),
    usage,
    delivery && `${delivery[0]?.toUpperCase()}${delivery.slice(1)}`,
  ]
  const first = outcome.find(({ state, messageId }) => state === 'sent' && messageId !== null)
  const text = lines.filter(Boolean).join('\n')
  return { text, jobId: job.id, silent: true, replyTo: first?.messageId ?? null, buttons: statusButtons(job) }
}

function timesOf({ createdAt, startedAt, completedAt }: Job, localTime: LocalTime): string {
  const times = [`Asked ${localTime.short(createdAt)}`]
  if (startedAt) times.push(`began ${localTime.short(startedAt)}`)
  if (completedAt) times.push(`ended ${localTime.short(completedAt)}`)
  if (startedAt && completedAt) times.push(`took ${elapsed(startedAt, completedAt)}`)
  else if (startedAt) times.push(`running for ${stopwatch(startedAt, new Date().toISOString())}`)
  return times.join(' · ')
}

/** How many steps one card names. */
const MOST_STEPS = 8

function stepsOf(steps: readonly Step[]): string | undefined {
  if (steps.length === 0) return undefined
  const named = steps.slice(0, MOST_STEPS).map(({ name, outcome, reusedFrom, startedAt, completedAt }) => {
    if (outcome === 'failed') return `${name} ✗`
    return reusedFrom ? `${name} from #${reusedFrom}` : `${name} ${elapsed(startedAt, completedAt)}`
  })
  if (steps.length > named.length) named.push(`and ${steps.length - named.length} more`)
  return `Steps: ${named.join(' · ')}`
}
