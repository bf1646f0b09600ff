import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { BUCKETS } from './buckets.ts'

/** What is counted, under the names that Prometheus has it by. */
export function createInstruments(registers: Registry[]) {
  const jobsEnded = new Counter({
    name: 'remy_jobs_ended_total',
    help: 'Jobs that ended, by kind and outcome: done, failed, stopped by their person, interrupted by an end of the process',
    labelNames: ['kind', 'outcome'],
    registers,
  })
  const jobDuration = new Histogram({
    name: 'remy_job_duration_seconds',
    help: 'How long jobs ran that have ended, by kind and outcome; those that never began are not among them',
    labelNames: ['kind', 'outcome'],
    buckets: BUCKETS.job,
    registers,
  })
  const queueWait = new Histogram({
    name: 'remy_job_queue_wait_seconds',
    help: 'How long jobs waited before they began, by kind',
    labelNames: ['kind'],
    buckets: BUCKETS.wait,
    registers,
  })
  const deliveries = new Counter({
    name: 'remy_deliveries_total',
    help: 'Messages of the outbox that are done with, by purpose and state: sent, failed for good, dropped as not wanted any more (both dropped and sent, where it was on its way by then)',
    labelNames: ['purpose', 'state'],
    registers,
  })
  const deliveryDelay = new Histogram({
    name: 'remy_delivery_delay_seconds',
    help: 'Time from a message being laid into the outbox to Telegram having taken it, by purpose',
    labelNames: ['purpose'],
    buckets: BUCKETS.delivery,
    registers,
  })
  const updatesReceived = new Counter({
    name: 'remy_updates_received_total',
    help: 'Updates that Telegram sent, by result: stored, repeated, refused (strangers and groups)',
    labelNames: ['result'],
    registers,
  })
  const updatesHandled = new Counter({
    name: 'remy_updates_handled_total',
    help: 'Updates that are done with, by result: handled, set aside after every try failed',
    labelNames: ['result'],
    registers,
  })
  const telegramRequests = new Counter({
    name: 'remy_telegram_requests_total',
    help: 'Calls to the Bot API, by method and HTTP status, or why there is none',
    labelNames: ['method', 'status'],
    registers,
  })
  const claudeRequests = new Counter({
    name: 'remy_claude_requests_total',
    help: 'Calls to Claude, each try, by model and HTTP status, or why there is none: unreachable, broken, aborted by us',
    labelNames: ['model', 'status'],
    registers,
  })
  const claudeDuration = new Histogram({
    name: 'remy_claude_request_duration_seconds',
    help: 'How long calls to Claude took, each try to the end of its answer, by model',
    labelNames: ['model'],
    buckets: BUCKETS.claude,
    registers,
  })
  const tokens = new Counter({
    name: 'remy_claude_tokens_total',
    help: 'Tokens that Claude read and wrote, by model, by what they were used for (a kind of job, or chat) and by type',
    labelNames: ['model', 'kind', 'type'],
    registers,
  })
  const cost = new Counter({
    name: 'remy_claude_cost_dollars_total',
    help: 'What calls to Claude cost in US dollars, as far as the price of their model is known, by model and kind',
    labelNames: ['model', 'kind'],
    registers,
  })
  const commits = new Histogram({
    name: 'remy_database_commit_duration_seconds',
    help: 'How long each commit that wrote something took until it was on the disk',
    buckets: BUCKETS.commit,
    registers,
  })
  const buildInfo = new Gauge({
    name: 'remy_build_info',
    help: 'Always 1; version and commit of what runs',
    labelNames: ['version', 'commit'],
    registers,
  })
  const reconcileDuration = new Gauge({
    name: 'remy_reconcile_duration_seconds',
    help: 'How long this boot took to settle what the last process left',
    registers,
  })
  const bootDuration = new Gauge({
    name: 'remy_boot_duration_seconds',
    help: 'Time from the start of this process to listening',
    registers,
  })
  return {
    jobsEnded,
    jobDuration,
    queueWait,
    deliveries,
    deliveryDelay,
    updatesReceived,
    updatesHandled,
    telegramRequests,
    claudeRequests,
    claudeDuration,
    tokens,
    cost,
    commits,
    buildInfo,
    reconcileDuration,
    bootDuration,
  }
}
