import Type from 'typebox'
import { defineTool, ToolError } from '../tool.ts'
import { describeJob, quoting } from './list-background-jobs.ts'

/** A page of a result, in UTF-16 units. */
const PAGE = 8_000

export const getBackgroundJob = defineTool({
  name: 'get_background_job',
  description: `One background job of the person by its number, with its result in pages of ${PAGE} characters: next_offset is where the next page begins, null at the end.`,
  input: Type.Object(
    {
      job_id: Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'The number of the job, as in #42',
      }),
      offset: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          description: 'Where the page begins. Default: 0.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  async run({ job_id, offset = 0 }, { asker: { userId }, stores }) {
    const job = await stores.jobs.getOf(userId, job_id)
    if (!job) throw new ToolError(`Job #${job_id} was not found.`)
    const result = job.resultText ?? ''
    return {
      ...describeJob(job),
      ...quoting(job),
      result: job.resultText === null ? null : result.slice(offset, offset + PAGE),
      result_length: result.length,
      offset,
      next_offset: offset + PAGE < result.length ? offset + PAGE : null,
    }
  },
})
