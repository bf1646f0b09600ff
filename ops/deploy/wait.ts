import { setTimeout as sleep } from 'node:timers/promises'
import type { Health, Left, Service } from './service.ts'
import { StepBack } from './step-back.ts'

const LOOK_MS = 1_000

interface Waiting {
  patienceMs: number
  signal: AbortSignal
}

/** Waits until no job runs; when the patience is over, says which ones will be interrupted. A look that fails is made again. */
export async function untilNothingRuns(
  service: Service,
  { patienceMs, signal, say }: Waiting & { say: (line: string) => void },
): Promise<void> {
  const until = performance.now() + patienceMs
  let said = ''
  for (;;) {
    const left = await service.drain().catch((error: unknown) => error as StepBack) // it throws nothing else
    const line = left instanceof Error ? left.message : lineOf(left)
    if (line !== said) say(line)
    said = line
    if (!(left instanceof Error) && left.running === 0) return
    if (performance.now() >= until) break
    await sleep(LOOK_MS, undefined, { signal })
  }
  const jobs = await service.running()
  const names = jobs.map(({ id, job_type }) => `#${id} ${job_type}`).join(', ')
  if (names) say(`These still run and will be interrupted; their people are told, and can run them again: ${names}`)
}

function lineOf({ running, queued }: Left): string {
  const after = queued > 0 ? `; ${queued} ${queued === 1 ? 'begins' : 'begin'} after the restart` : ''
  return running === 0 ? `Nothing runs${after}.` : `Waiting for ${running} running ${running === 1 ? 'job' : 'jobs'}${after}.`
}

/** Waits until another process answers and is ready. */
export async function untilNew(service: Service, oldBootId: string, { patienceMs, signal }: Waiting): Promise<Health> {
  const until = performance.now() + patienceMs
  for (;;) {
    let last: string
    try {
      const health = await service.health()
      const { status } = await service.ready()
      if (health.boot_id !== oldBootId && status === 'ready') return health
      last = health.boot_id === oldBootId ? 'the same process as before still answers' : `its status is "${status}"`
    } catch (error) {
      last = error instanceof StepBack ? error.message : String(error)
    }
    if (performance.now() >= until) throw new StepBack(`The deployment ended, but the service is not ready: ${last}.`)
    await sleep(LOOK_MS, undefined, { signal })
  }
}
