import type { Job } from '../../playground/page/inspection.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, second)).toISOString()

/** A job in the form of GET /jobs/{id}: queued, unless more is told. */
export function sampleJob(id: number, more: Record<string, unknown> = {}): Job {
  return {
    id,
    user_id: 1001,
    job_type: 'board',
    status: 'queued',
    input_text: `Question ${id}?`,
    created_at: at(0),
    started_at: null,
    completed_at: null,
    chat_id: 1001,
    request_message_id: 7,
    stage: null,
    files: [],
    result_text: null,
    delivery: null,
    steps: [],
    transitions: [{ status: 'queued', at: at(0) }],
    deliveries: [
      sampleDelivery(id * 10, { purpose: 'acknowledgement', state: 'sent', attempts: 1, message_id: 8, sent_at: at(1) }),
    ],
    ...more,
  }
}

export function runningJob(id: number, more: Record<string, unknown> = {}): Job {
  const transitions = [
    { status: 'queued', at: at(0) },
    { status: 'running', at: at(1) },
  ]
  return sampleJob(id, { status: 'running', started_at: at(1), transitions, steps: [sampleStep('Strategy', 4)], ...more })
}

export function doneJob(id: number, more: Record<string, unknown> = {}): Job {
  const job = runningJob(id)
  return {
    ...job,
    status: 'done',
    completed_at: at(9),
    result_text: '**Yes**, by all means.',
    delivery: 'delivered 03:04',
    transitions: [...(job.transitions as object[]), { status: 'done', at: at(9) }],
    steps: [sampleStep('Strategy', 4), sampleStep('Critic', 9)],
    ...more,
  }
}

export function failedJob(id: number, more: Record<string, unknown> = {}): Job {
  const { transitions, ...job } = runningJob(id)
  const ended = [...(transitions as object[]), { status: 'failed', at: at(5) }]
  return { ...job, status: 'failed', completed_at: at(5), result_text: 'interrupted by restart', transitions: ended, ...more }
}

export function sampleStep(name: string, second: number, more: Record<string, unknown> = {}) {
  const times = { started_at: at(1), completed_at: at(second) }
  return { name, outcome: 'done', ...times, text: `What ${name} says.`, reused_from: null, ...more }
}

export function sampleDelivery(id: number, more: Record<string, unknown> = {}) {
  const sending = { purpose: 'outcome', part: 1, method: 'sendMessage', state: 'pending', attempts: 0 }
  return { id, ...sending, created_at: at(1), next_attempt_at: null, message_id: null, sent_at: null, error: null, ...more }
}
