/** A job as the service's inspection shows it. Only the number is read here; the rest is for the page. */
export type Job = { id: number; [field: string]: unknown }

/** What of the registry is looked at. Both reject while the service cannot be asked. */
export type Inspection = {
  /** The newest jobs, the newest first. */
  newest(signal: AbortSignal): Promise<Job[]>
  /** One with everything that is known of it. */
  find(id: number, signal: AbortSignal): Promise<Job | undefined>
}

const count = 20

/** Asks the service's own routes. The token stays here: the page never sees it. */
export function createInspection({ url, token }: { url: string; token: string }): Inspection {
  const headers = { authorization: `Bearer ${token}` }

  async function ask(path: string, signal: AbortSignal): Promise<unknown> {
    const answer = await fetch(url + path, { headers, signal })
    if (answer.status === 404) return undefined
    if (!answer.ok) throw new Error(`The inspection answered ${answer.status}`)
    return await answer.json()
  }

  // The casts: what routes/jobs.ts answers by its schemas.
  return {
    async newest(signal) {
      const page = (await ask(`/jobs?limit=${count}`, signal)) as { jobs: Job[] } | undefined
      return page?.jobs ?? []
    },
    find: async (id, signal) => (await ask(`/jobs/${id}`, signal)) as Job | undefined,
  }
}
