import { element } from './dom.js'
import { chip, tookOf } from './job-words.js'

/** A job in two lines, of the shape that GET /jobs lists: number, kind, state, stage, how long; and what it is about. */
export function headNodes(job) {
  const { id, job_type, status, stage, input_text } = job
  const name = element('span', 'job-name', element('b', '', `#${id}`), ` ${job_type}`)
  const at = element('span', 'job-stage', (status === 'running' && stage) || '')
  const topic = element('span', 'job-line', input_text.replace(/\s+/g, ' '))
  topic.dir = 'auto'
  return [name, chip(status), at, tookOf(job), topic]
}
