import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type, { type Static } from 'typebox'
import { NOTHING_USED, type Usage } from '../db/model-calls.ts'
import { type Job, statuses } from '../src/jobs/lifecycle.ts'
import { createLocalTime } from '../src/local-time.ts'
import { sameSecret } from '../src/secret.ts'
import { deliveryInWords } from '../src/telegram/delivery-in-words.ts'
import { ErrorAnswer } from './error-answer.ts'
import { snakeCased } from './snake-case.ts'

const Text = Type.String()
const MaybeText = Type.Union([Text, Type.Null()])
const MaybeNumber = Type.Union([Type.Integer(), Type.Null()])
const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const Status = Type.Enum(statuses)

const UsageSums = Type.Object({
  input_tokens: Type.Integer(),
  output_tokens: Type.Integer(),
  cache_read_tokens: Type.Integer(),
  cache_write_tokens: Type.Integer(),
  searches: Type.Integer(),
  cost_usd: Type.Union([Type.Number(), Type.Null()]),
})

const Columns = {
  id: Type.Integer(),
  user_id: Type.Integer(),
  job_type: Text,
  status: Status,
  input_text: Text,
  created_at: Text,
  started_at: MaybeText,
  completed_at: MaybeText,
  chat_id: MaybeNumber,
  message_thread_id: MaybeNumber,
  request_message_id: MaybeNumber,
  update_id: MaybeNumber,
  call_ordinal: Type.Integer(),
  boot_id: MaybeText,
  rerun_of: MaybeNumber,
  notice_id: MaybeNumber,
  stage: MaybeText,
  files: Type.Array(
    Type.Object({
      file_id: Text,
      kind: Type.Enum(['image', 'pdf', 'text']),
      media_type: Text,
      name: Text,
      bytes: Type.Integer(),
    }),
  ),
}

const JobPage = Type.Object({
  jobs: Type.Array(Type.Object({ ...Columns, result_length: MaybeNumber })),
  next_before_id: MaybeNumber,
})

/**
 * `deliveries` are all messages about the job, in their order. `delivery` tells in words how its outcome stands. `cost_usd` is
 * null where the price of a model is not known.
 */
const JobDetail = Type.Object({
  ...Columns,
  result_text: MaybeText,
  steps: Type.Array(
    Type.Object({
      name: Text,
      outcome: Type.Enum(['done', 'failed']),
      started_at: Text,
      completed_at: Text,
      text: Text,
      reused_from: MaybeNumber,
      usage: UsageSums,
    }),
  ),
  usage: UsageSums,
  transitions: Type.Array(Type.Object({ status: Status, at: Text })),
  delivery: MaybeText,
  deliveries: Type.Array(
    Type.Object({
      id: Type.Integer(),
      purpose: Text,
      part: Type.Integer(),
      method: Text,
      created_at: Text,
      state: Type.Enum(['pending', 'sent', 'failed', 'dropped']),
      attempts: Type.Integer(),
      next_attempt_at: MaybeText,
      message_id: MaybeNumber,
      sent_at: MaybeText,
      error: MaybeText,
    }),
  ),
})

const Filters = Type.Object(
  {
    status: Type.Optional(Status),
    job_type: Type.Optional(Type.String({ minLength: 1 })),
    user_id: Type.Optional(Id),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
    before_id: Type.Optional(Id),
  },
  { additionalProperties: false },
)

const refusals = { 400: ErrorAnswer, 401: ErrorAnswer, 404: ErrorAnswer }

/** What operators see of every job. Without INSPECTION_TOKEN these routes do not exist. */
const jobs: FastifyPluginAsyncTypebox = async (app) => {
  const token = app.config.inspectionToken
  if (!token) return
  const localTime = createLocalTime(app.config.timeZone)

  app.addHook('onRequest', async (request, reply) => {
    const given = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (given !== undefined && sameSecret(given, token)) return
    const answer: Static<typeof ErrorAnswer> = {
      statusCode: 401,
      error: 'Unauthorized',
      message: 'The inspection token is missing or wrong',
    }
    return reply.code(401).header('www-authenticate', 'Bearer').send(answer)
  })

  app.get('/jobs', { schema: { querystring: Filters, response: { 200: JobPage, ...refusals } } }, async ({ query }) => {
    const filter = { status: query.status, jobType: query.job_type, userId: query.user_id, beforeId: query.before_id }
    const found = await app.db.jobs.page({ ...filter, limit: query.limit + 1 }) // one more tells whether there is a next page
    const shown = found.slice(0, query.limit)
    return {
      jobs: shown.map((job) => ({ ...columnsOf(job), result_length: job.resultText?.length ?? null })),
      next_before_id: found.length > shown.length ? (shown.at(-1)?.id ?? null) : null,
    }
  })

  const Params = Type.Object({ id: Id })
  app.get('/jobs/:id', { schema: { params: Params, response: { 200: JobDetail, ...refusals } } }, async (request, reply) => {
    const { id } = request.params
    const job = await app.db.jobs.get(id)
    if (!job) return reply.code(404).send({ statusCode: 404, error: 'Not Found', message: `There is no job ${id}` })
    const deliveries = await app.db.deliveries.ofJob(id)
    const usageOfSteps = await app.db.modelCalls.ofSteps(id)
    return {
      ...columnsOf(job),
      delivery: deliveryInWords(await app.db.deliveries.ofOutcome(id), localTime) ?? null,
      steps: (await app.db.jobEvents.steps(id)).map((step) => ({
        ...snakeCased({ reusedFrom: null, ...step }),
        usage: sumsOf(usageOfSteps.get(step.name) ?? NOTHING_USED),
      })),
      usage: sumsOf(await app.db.modelCalls.ofJob(id)),
      transitions: await app.db.jobEvents.transitions(id),
      deliveries: deliveries.map(snakeCased),
    }
  })
}

function columnsOf(job: Job) {
  return { ...snakeCased(job), files: job.files.map(snakeCased) }
}

function sumsOf({ calls: _, costMicros, unpricedCalls, ...counts }: Usage): Static<typeof UsageSums> {
  return { ...snakeCased(counts), cost_usd: unpricedCalls > 0 ? null : costMicros / 1_000_000 }
}

export default jobs
