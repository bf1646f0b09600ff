import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Job } from '../src/jobs/lifecycle.ts'
import { refusalOf, refusals } from './error-answer.ts'
import { follow } from './event-stream.ts'
import { EventData, JobId } from './job-shapes.ts'

/** How long a close waits for readers to take their last words. */
const CLOSE_MS = 1_000

const headers = Type.Object({
  'last-event-id': Type.Optional(
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'The last event that was read' }),
  ),
})

const response = {
  200: {
    description: 'The events',
    content: { 'text/event-stream': { schema: Type.String({ 'x-event-data': EventData }) } },
  },
  204: Type.Null({ description: 'The job has ended and all was read: come no more' }),
  ...refusals(400, 401, 404),
}

const description =
  'Server-sent events, one a row of job_events: `id` is its number, `event` is transition or step, `data` is what' +
  ' GET /jobs/{id} has of it in transitions or steps, without usage. All that is stored comes first; Last-Event-ID' +
  ' leaves out what was read before. Ends when the job has ended; an ended job of which all was read is 204.'

export interface JobEventsOptions {
  /** The job, where who asks may see it. */
  find: (request: FastifyRequest, id: number) => Promise<Job | undefined>
  /** What the document tells of this route. */
  about: (name: string, summary: string, description: string) => object
}

/** What happens to a job while it happens; whoever is cut off goes on where they were, from the database. */
export const jobEvents: FastifyPluginAsyncTypebox<JobEventsOptions> = async (app, { find, about }) => {
  const { db } = app
  const closing = new AbortController()
  const streams = new Set<Promise<unknown>>()
  // A close would cut connections off in mid-word; a stream that ends by itself is taken up again where it ended.
  app.addHook('preClose', async () => {
    closing.abort()
    await Promise.race([Promise.all(streams), new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())])
  })

  const told = about('followJob', "A job's transitions and steps as they happen", description)
  app.get('/:id/events', { schema: { ...told, params: JobId, headers, response } }, async (request, reply) => {
    const { id } = request.params
    const job = await find(request, id)
    if (!job) return reply.code(404).send(refusalOf(404, `There is no job ${id}`))
    const afterId = request.headers['last-event-id'] ?? 0
    const isOver = job.completedAt !== null && (await db.jobEvents.after(id, afterId, 1)).length === 0
    if (isOver) return reply.code(204).send(null)
    const gone = new AbortController()
    const signal = AbortSignal.any([gone.signal, closing.signal])
    // A stream is read at its reader's pace: what is not taken yet is still in the table.
    const stream = Readable.from(follow({ db, jobId: id, afterId, signal }), { objectMode: false, highWaterMark: 1 })
    const over = finished(reply.raw)
      .catch(() => {})
      .finally(() => {
        gone.abort()
        streams.delete(over)
      })
    streams.add(over)
    return reply
      .type('text/event-stream')
      .header('x-accel-buffering', 'no')
      .send(stream as never) // the schema tells what is in it
  })
}
