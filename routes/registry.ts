import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { searchWords } from '../db/job-search.ts'
import { NOTHING_USED, type Usage } from '../db/model-calls.ts'
import type { Job } from '../src/jobs/lifecycle.ts'
import { createLocalTime } from '../src/local-time.ts'
import { deliveryInWords } from '../src/telegram/delivery-in-words.ts'
import { toHtml } from '../src/telegram/format/document.ts'
import { askForBearer } from './bearer.ts'
import { refusalOf, refusals } from './error-answer.ts'
import { jobEvents } from './job-events.ts'
import { A_PAGE, Filters, JobDetail, JobId, JobPage, PersonFilters, Rendered, type UsageSums } from './job-shapes.ts'
import { snakeCased } from './snake-case.ts'

/** Who looks: an operator, who sees everybody's jobs, or a person, who sees their own. */
export type Viewer = 'operator' | { userId: number }

export interface RegistryOptions {
  /** Who asks with this bearer; undefined where nobody may. */
  viewerOf: (bearer: string) => Viewer | undefined
  /** Whether persons ask: filters about people are none of theirs. */
  ofPersons: boolean
  /** What a request without a good bearer is answered. */
  refusal: string
}

/** The registry of jobs, to be read: the same routes for operators and for persons, each with what they may see. */
export const registry: FastifyPluginAsyncTypebox<RegistryOptions> = async (app, { viewerOf, ofPersons, refusal }) => {
  const { db } = app
  const localTime = createLocalTime(app.config.timeZone)
  const viewers = new WeakMap<FastifyRequest, Viewer>()
  const about = (name: string, summary: string, description?: string) => ({
    operationId: ofPersons ? `${name}OfPerson` : name,
    summary,
    ...(description && { description }),
    tags: [ofPersons ? "A person's own jobs" : 'Jobs'],
    security: [{ [ofPersons ? 'session' : 'inspectionToken']: [] }],
  })

  askForBearer(app, refusal, (bearer, request) => {
    const viewer = viewerOf(bearer)
    if (viewer) viewers.set(request, viewer)
    return viewer !== undefined
  })

  /** The one way to a job by its number: another's is as if it did not exist. */
  async function find(request: FastifyRequest, id: number): Promise<Job | undefined> {
    const viewer = viewers.get(request)
    if (!viewer) return undefined
    return viewer === 'operator' ? db.jobs.get(id) : db.jobs.getOf(viewer.userId, id)
  }
  const noSuchJob = (id: number) => refusalOf(404, `There is no job ${id}`)

  const page = { ...about('listJobs', 'Jobs, newest first'), response: { 200: JobPage, ...refusals(400, 401) } }
  const querystring: typeof Filters = ofPersons ? (PersonFilters as never) : Filters // the same, but for an optional field
  app.get('', { schema: { ...page, querystring } }, async (request) => {
    const { query } = request
    const { limit = A_PAGE } = query
    const viewer = viewers.get(request)
    const found = await db.jobs.page({
      words: query.words === undefined ? undefined : searchWords(query.words),
      status: query.status,
      jobType: query.job_type,
      userId: viewer === 'operator' ? query.user_id : (viewer?.userId ?? 0),
      beforeId: query.before_id,
      limit: limit + 1, // one more tells whether there is a next page
    })
    const shown = found.slice(0, limit)
    return {
      jobs: shown.map((job) => ({ ...columnsOf(job), result_length: job.resultText?.length ?? null })),
      next_before_id: found.length > shown.length ? (shown.at(-1)?.id ?? null) : null,
    }
  })

  const one = {
    ...about('getJob', 'One job, with all that is known of it'),
    params: JobId,
    response: { 200: JobDetail, ...refusals(400, 401, 404) },
  }
  app.get('/:id', { schema: one }, async (request, reply) => {
    const { id } = request.params
    const job = await find(request, id)
    if (!job) return reply.code(404).send(noSuchJob(id))
    const deliveries = await db.deliveries.ofJob(id)
    const usageOfSteps = await db.modelCalls.ofSteps(id)
    return {
      ...columnsOf(job),
      delivery: deliveryInWords(await db.deliveries.ofOutcome(id), localTime) ?? null,
      steps: (await db.jobEvents.steps(id)).map((step) => ({
        ...snakeCased({ reusedFrom: null, ...step }),
        usage: sumsOf(usageOfSteps.get(step.name) ?? NOTHING_USED),
      })),
      usage: sumsOf(await db.modelCalls.ofJob(id)),
      transitions: await db.jobEvents.transitions(id),
      deliveries: deliveries.map(snakeCased),
    }
  })

  const result = {
    ...about(
      'getJobResult',
      "A job's result to be shown",
      'Made by the same formatter as messages; raw HTML of the result ends as text.',
    ),
    params: JobId,
    response: { 200: Rendered, ...refusals(400, 401, 404) },
  }
  app.get('/:id/result', { schema: result }, async (request, reply) => {
    const job = await find(request, request.params.id)
    if (!job) return reply.code(404).send(noSuchJob(request.params.id))
    return { html: job.status === 'done' ? toHtml(job.resultText) : null }
  })

  app.register(jobEvents, { find, about })
}

function columnsOf(job: Job) {
  return { ...snakeCased(job), files: job.files.map(snakeCased) }
}

function sumsOf({ calls: _, costMicros, unpricedCalls, ...counts }: Usage): Static<typeof UsageSums> {
  return { ...snakeCased(counts), cost_usd: unpricedCalls > 0 ? null : costMicros / 1_000_000 }
}
