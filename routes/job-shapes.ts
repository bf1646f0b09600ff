import Type, { type Static, type TInteger, type TNumber, type TString } from 'typebox'
import { statuses } from '../src/jobs/lifecycle.ts'

/** A value that may be missing. By its type: where `anyOf` says so, a time that is written oddly is an error and no answer. */
const orNull = <Schema extends TString | TInteger | TNumber>(schema: Schema, description?: string) =>
  Type.Unsafe<Static<Schema> | null>({ ...schema, type: [schema.type, 'null'], ...(description && { description }) })

const Text = Type.String()
const MaybeText = orNull(Text)
const MaybeNumber = orNull(Type.Integer())
const format = 'date-time'
const Time = (description: string) => Type.String({ format, description: `${description}; ISO 8601 in UTC` })
const MaybeTime = (description: string) => orNull(Type.String({ format }), `${description}; ISO 8601 in UTC, or null`)
const Status = Type.Enum(statuses, {
  type: 'string',
  description: 'queued: waits. running: is worked on by this process. done: has its full result. failed: says why.',
})

export const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
export const JobId = Type.Object({ id: Type.Integer({ ...Id, description: 'The number of a job' }) })

export const UsageSums = Type.Object(
  {
    input_tokens: Type.Integer(),
    output_tokens: Type.Integer(),
    cache_read_tokens: Type.Integer(),
    cache_write_tokens: Type.Integer(),
    searches: Type.Integer(),
    cost_usd: orNull(Type.Number(), 'null where the price of a model is not known'),
  },
  { description: 'What calls to Claude used and cost' },
)

const Columns = {
  id: Type.Integer(),
  user_id: Type.Integer({ description: 'The person who asked' }),
  job_type: Text,
  status: Status,
  input_text: Type.String({ description: 'What it is about' }),
  created_at: Time('When it was written'),
  started_at: MaybeTime('When it began'),
  completed_at: MaybeTime('When it ended'),
  chat_id: MaybeNumber,
  message_thread_id: MaybeNumber,
  request_message_id: MaybeNumber,
  update_id: MaybeNumber,
  call_ordinal: Type.Integer(),
  boot_id: orNull(Text, 'The process that ran it'),
  rerun_of: orNull(Type.Integer(), 'The job that it repeats'),
  notice_id: orNull(Type.Integer(), 'The delivery that tells of it and of others'),
  stage: orNull(Text, 'What it is doing while it runs'),
  files: Type.Array(
    Type.Object({
      file_id: Text,
      kind: Type.Enum(['image', 'pdf', 'text'], { type: 'string' }),
      media_type: Text,
      name: Text,
      bytes: Type.Integer(),
    }),
  ),
}

export const JobPage = Type.Object(
  {
    jobs: Type.Array(Type.Object({ ...Columns, result_length: MaybeNumber })),
    next_before_id: orNull(Type.Integer(), 'As before_id it leads to the next page; null on the last one'),
  },
  { description: 'A page of them' },
)

const Step = {
  name: Text,
  outcome: Type.Enum(['done', 'failed'], { type: 'string' }),
  started_at: Time('When it began'),
  completed_at: Time('When it ended'),
  text: Type.String({ description: 'What it gave, or why it gave nothing' }),
  reused_from: orNull(Type.Integer(), 'The job that it was taken over from'),
}

const Transition = Type.Object({ status: Status, at: Time('When it came to that') })

export const JobDetail = Type.Object(
  {
    ...Columns,
    result_text: orNull(Text, 'The full result, or why it failed'),
    steps: Type.Array(Type.Object({ ...Step, usage: UsageSums })),
    usage: UsageSums,
    transitions: Type.Array(Transition),
    delivery: orNull(Text, 'How its outcome stands, in words'),
    deliveries: Type.Array(
      Type.Object({
        id: Type.Integer(),
        purpose: Text,
        part: Type.Integer(),
        method: Text,
        created_at: Time('When it was written'),
        state: Type.Enum(['pending', 'sent', 'failed', 'dropped'], { type: 'string' }),
        attempts: Type.Integer(),
        next_attempt_at: MaybeTime('When it is tried next'),
        message_id: MaybeNumber,
        sent_at: MaybeTime('When it arrived'),
        error: MaybeText,
      }),
      { description: 'All messages about the job, in their order' },
    ),
  },
  { description: 'The job' },
)

export const Rendered = Type.Object(
  {
    html: orNull(Text, 'The result as HTML of headings, lists, tables, code and links alone; null while there is none'),
  },
  { description: 'Its result' },
)

/** So many jobs are a page where nothing else is asked for. */
export const A_PAGE = 50

/** Filters of the operators; persons have those that are not about people. */
export const PersonFilters = Type.Object(
  {
    words: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Words in topic or result' })),
    status: Type.Optional(Status),
    job_type: Type.Optional(Type.String({ minLength: 1, description: 'A kind of job, such as board' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: A_PAGE, description: 'At most so many' })),
    before_id: Type.Optional(Type.Integer({ ...Id, description: 'Those older than this job; next_before_id of a page' })),
  },
  { additionalProperties: false },
)
export const Filters = Type.Object(
  { ...PersonFilters.properties, user_id: Type.Optional(Type.Integer({ ...Id, description: 'Those of this person' })) },
  { additionalProperties: false },
)

/** What the `data` of an event is, by the event's name. */
export const EventData = { transition: Transition, step: Type.Object(Step) }
