import { moves, type Status } from '../../../src/jobs/lifecycle.ts'
import type { House, JobRow } from '../../build.ts'

const isEnd = (status: Status) => moves[status].length === 0

/** Every job has come to exactly one end, by legal moves. */
export function checkJobs(house: House): string[] {
  return house.rows<JobRow & { status: Status }>('SELECT * FROM background_jobs ORDER BY id').flatMap(({ id, status }) => {
    const path = house
      .rows<{ name: Status }>("SELECT name FROM job_events WHERE job_id = ? AND type = 'transition' ORDER BY id", id)
      .map(({ name }) => name)
    const wrong: string[] = []
    const told = `#${id} went ${path.join(' → ')}`
    if (path[0] !== 'queued') wrong.push(`${told}: not from queued`)
    const isLegal = (from: Status | undefined, to: Status) => from !== undefined && moves[from].some((next) => next === to)
    if (!path.slice(1).every((to, index) => isLegal(path[index], to))) wrong.push(`${told}: not a legal path`)
    if (path.at(-1) !== status) wrong.push(`${told} and is ${status}`)
    if (!isEnd(status)) wrong.push(`#${id} has no end: it is ${status}`)
    return wrong
  })
}
