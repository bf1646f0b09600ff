import type { Inspection, Job } from './inspection.ts'
import type { Controls } from './serve.ts'

/** `down` is what was seen last: the service cannot be asked. */
export type View = { state: 'live' | 'down'; jobs: Job[] }
export type Watched = number | 'newest' | 'none'

type Viewer = { send: (event: string, data: unknown) => void; watched: Watched; told: Map<string, string> }
type Options = { inspection: Inspection; controls: Controls; everyMs?: number }

const patienceMs = 5_000

/**
 * Follows the registry while somebody looks: asks for the list and for the jobs that are opened, one look after the other,
 * and tells each viewer what has changed for it. A service that is down or slow holds up nothing but the next look.
 */
export function createRegistry({ inspection, controls, everyMs = 300 }: Options) {
  const viewers = new Set<Viewer>()
  const closed = new AbortController()
  let view: View = { state: 'down', jobs: [] }
  let opened = new Map<number, Job>()
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  const isUp = () => controls.status().state === 'running'

  function tell({ send, watched, told }: Viewer): void {
    const id = idOf(watched)
    const job = id === undefined ? undefined : opened.get(id)
    for (const [event, data] of Object.entries({ registry: view, ...(job && { job }) })) {
      const text = JSON.stringify(data)
      if (told.get(event) === text) continue
      told.set(event, text)
      send(event, data)
    }
  }

  function tellAll(): void {
    for (const viewer of viewers) tell(viewer)
  }

  function idOf(watched: Watched): number | undefined {
    if (watched === 'newest') return view.jobs[0]?.id
    return watched === 'none' ? undefined : watched
  }

  async function ask(): Promise<void> {
    const { boots } = controls.status()
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(patienceMs)])
    const jobs = await inspection.newest(signal)
    const ids = [...viewers].map(({ watched }) => (watched === 'newest' ? jobs[0]?.id : watched))
    const wanted = [...new Set(ids)].filter((id) => typeof id === 'number')
    const found = await Promise.all(wanted.map((id) => inspection.find(id, signal)))
    // An answer of the process before this one is out of date by now.
    if (!isUp() || controls.status().boots !== boots) return
    view = { state: 'live', jobs }
    opened = new Map(found.flatMap((job) => (job ? [[job.id, job]] : [])))
  }

  /** One look, and the next one a while after it; a viewer who comes in meanwhile is told at its end. */
  function look(): void {
    if (looking || viewers.size === 0 || closed.signal.aborted) return
    clearTimeout(timer)
    const asked = isUp() ? ask() : Promise.reject(new Error('down'))
    looking = asked
      .catch(() => {
        view = { ...view, state: 'down' }
      })
      .then(() => {
        looking = undefined
        tellAll()
        if (viewers.size > 0 && !closed.signal.aborted) timer = setTimeout(look, everyMs)
      })
  }

  const unsubscribe = controls.subscribe(() => {
    if (isUp()) return look()
    view = { ...view, state: 'down' }
    tellAll()
  })

  return {
    /** Tells a viewer how it stands, and from now on what changes. */
    join(send: Viewer['send']) {
      const viewer: Viewer = { send, watched: 'newest', told: new Map() }
      viewers.add(viewer)
      tell(viewer)
      look()
      return {
        watch(watched: Watched): void {
          viewer.watched = watched
          viewer.told.delete('job')
          tell(viewer)
          look()
        },
        leave(): void {
          viewers.delete(viewer)
          if (viewers.size === 0) clearTimeout(timer)
        },
      }
    },
    async close(): Promise<void> {
      unsubscribe()
      viewers.clear()
      clearTimeout(timer)
      closed.abort()
      await looking
    },
  }
}

export type Registry = ReturnType<typeof createRegistry>
