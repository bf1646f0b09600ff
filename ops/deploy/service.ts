import { StepBack } from './step-back.ts'

/** How long one answer may take: a service that sleeps has to wake up first. */
const ANSWER_MS = 30_000

export interface Health {
  boot_id: string
  commit: string
}

export interface Left {
  running: number
  queued: number
}

/** The service that is to be replaced, from outside. Each method throws a `StepBack` where it does not answer as it should. */
export function createService(url: string, token: string) {
  async function ask<Answer>(method: 'GET' | 'POST' | 'DELETE', path: string): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}`, connection: 'close' }
    const signal = AbortSignal.timeout(ANSWER_MS)
    const response = await fetch(url + path, { method, headers, signal }).catch((error: Error) => {
      throw new StepBack(
        `${url}${path} cannot be reached (${error.cause instanceof Error ? error.cause.message : error.message}).`,
      )
    })
    const text = await response.text().catch(() => '')
    if (response.status === 401) throw new StepBack('The service takes another INSPECTION_TOKEN than this one.')
    if (!response.ok) throw new StepBack(`${method} ${path} was answered ${response.status}${why(path, response.status)}.`)
    try {
      return JSON.parse(text) as Answer // as its routes declare it
    } catch {
      throw new StepBack(`${url}${path} is not answered by Remy.`)
    }
  }

  return {
    health: () => ask<Health>('GET', '/health'),
    ready: () => ask<{ status: string }>('GET', '/ready'),
    /** Asked for again, it lasts longer. */
    drain: () => ask<Left>('POST', '/drain'),
    endDrain: () => ask<Left>('DELETE', '/drain'),
    running: async () =>
      (await ask<{ jobs: { id: number; job_type: string }[] }>('GET', '/jobs?status=running&limit=100')).jobs,
  }
}

export type Service = ReturnType<typeof createService>

function why(path: string, status: number): string {
  return path === '/drain' && status === 404 ? ': it has no INSPECTION_TOKEN, or is of a version from before drains' : ''
}
