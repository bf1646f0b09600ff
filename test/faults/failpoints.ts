/** What a process can be killed before and after: a commit that made `count` grow, or a call to an address like `call`. */
export type Failpoint = { count: string } | { call: RegExp }

const rows = (table: string, where = '1') => ({ count: `SELECT count(*) FROM ${table} WHERE ${where}` })
const newest = (table: string) => ({ count: `SELECT max(id) FROM ${table}` })

const INTERRUPTED = "result_text LIKE 'interrupted%'"

/**
 * Every transition that is persisted, by what it leaves in the database rather than by its SQL, and every call to the world
 * outside that one of them follows. The list of all failpoints; a name that no round hits fails the battery.
 */
export const failpoints = {
  'schema made': rows('sqlite_schema'),
  'schema of an earlier version changed': rows('sqlite_schema'),
  'boot begun': rows('boots'),
  'boot seen': rows('boots', 'last_seen_at > started_at'),
  'stop noted': rows('boots', 'stop_signal IS NOT NULL'),
  'boot ended': rows('boots', 'ended_at IS NOT NULL'),
  'setting stored': rows('settings'),

  'update stored': rows('updates', 'payload IS NOT NULL'),
  'update of a stranger noted': rows('updates', 'payload IS NULL'),
  'refusal noted': rows('refusals'),
  'update handled': rows('updates', 'payload IS NOT NULL AND handled_at IS NOT NULL'),
  'try noted': { count: 'SELECT sum(attempts) FROM updates' },
  'update set aside': rows('updates', 'handled_at IS NOT NULL AND error IS NOT NULL'),
  'turn noted': rows('updates', 'turn IS NOT NULL'),
  'answer shown': rows('updates', 'shown_at IS NOT NULL'),
  'preview noted': rows('updates', 'preview_message_id IS NOT NULL'),

  'updates forgotten': { count: 'SELECT -count(*) FROM updates' },

  'messages appended': newest('messages'),
  'conversation ended': rows('messages', "role = 'boundary'"),
  'summary stored': rows('summaries'),

  'job queued': newest('background_jobs'),
  'job running': rows('background_jobs', 'started_at IS NOT NULL'),
  'model call stored': newest('model_calls'),
  'stage stored': rows('background_jobs', 'stage IS NOT NULL'),
  'step stored': rows('job_events', "type = 'step'"),
  'job done': rows('background_jobs', "status = 'done'"),
  'job failed': rows('background_jobs', `status = 'failed' AND NOT ${INTERRUPTED}`),
  'job interrupted at boot': rows('background_jobs', `status = 'failed' AND ${INTERRUPTED}`),
  'job interrupted at a stop': rows('background_jobs', `status = 'failed' AND ${INTERRUPTED}`),
  'job stopped': rows('background_jobs', "result_text = 'stopped by you'"),
  'jobs removed': { count: 'SELECT -count(*) FROM background_jobs' },
  'person forgotten': rows('updates', 'payload IS NULL AND handled_at IS NOT NULL'),
  'notice shared': rows('background_jobs', 'notice_id IS NOT NULL'),
  'job run again': rows('background_jobs', 'rerun_of IS NOT NULL'),
  'step taken over': rows('job_events', "type = 'step' AND json_extract(data, '$.reusedFrom') IS NOT NULL"),

  'acknowledgement added': rows('deliveries', "purpose = 'acknowledgement'"),
  'outcome added': rows('deliveries', "purpose = 'outcome'"),
  'reply added': rows('deliveries', "purpose = 'reply'"),
  'refusal added': rows('deliveries', "purpose = 'refusal'"),
  'acknowledgement sent': rows('deliveries', "purpose = 'acknowledgement' AND state = 'sent'"),
  'outcome sent': rows('deliveries', "purpose = 'outcome' AND state = 'sent'"),
  'reply sent': rows('deliveries', "purpose = 'reply' AND state = 'sent'"),
  'steps added': rows('deliveries', "purpose = 'steps'"),
  'steps sent': rows('deliveries', "purpose = 'steps' AND state = 'sent'"),
  'button answered': rows('deliveries', "purpose = 'callback' AND state = 'sent'"),
  'status shown': rows('status_messages', "shown LIKE '#%'"),
  'status settled': rows('status_messages', 'settled = 1'),
  'acknowledgement dropped': rows('deliveries', "purpose = 'acknowledgement' AND state = 'dropped'"),
  'document replaced': rows('deliveries', "method = 'sendDocument' AND state = 'dropped'"),
  'delivery postponed': rows('deliveries', "state = 'pending' AND attempts > 0"),
  'delivery failed': rows('deliveries', "state = 'failed'"),

  'call of sendMessage': { call: /\/sendMessage$/ },
  'call of editMessageText': { call: /\/editMessageText$/ },
  'call of sendDocument': { call: /\/sendDocument$/ },
  'call of sendMessageDraft': { call: /\/sendMessageDraft$/ },
  'call of answerCallbackQuery': { call: /\/answerCallbackQuery$/ },
  'call of setWebhook': { call: /\/setWebhook$/ },
  'call of Claude': { call: /\/v1\/messages\b/ },
} satisfies Record<string, Failpoint>

export type FailpointName = keyof typeof failpoints
export const names = Object.keys(failpoints) as FailpointName[] // the keys of a constant

/** On which side of it, and at which of its occurrences, counted from 1. */
export interface Aim {
  name: FailpointName
  side: 'before' | 'after'
  nth: number
}

/** As FAILPOINT has it: `job done:before`, `call of sendMessage:after:2`. */
export const written = ({ name, side, nth }: Aim) => `${name}:${side}:${nth}`

export function readAim(text: string): Aim {
  const [name = '', side, nth = '1'] = text.split(':')
  if (!(name in failpoints) || (side !== 'before' && side !== 'after')) throw new Error(`There is no failpoint ${text}`)
  return { name: name as FailpointName, side, nth: Number(nth) } // checked in the line above
}
