import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { createInspection, type Inspection, type Job } from '../../playground/page/inspection.ts'
import { createRegistry, type View } from '../../playground/page/registry.ts'
import type { Controls, ServiceStatus } from '../../playground/page/serve.ts'
import { failedJob, runningJob, sampleJob } from './sample-jobs.ts'

/** The registry as one page is told of it, of a service whose state and jobs a test sets. */
function start(newest: Inspection['newest'], find: Inspection['find'] = async () => undefined) {
  const changes = new EventEmitter<{ change: []; told: [] }>().setMaxListeners(0)
  let status: ServiceStatus = { state: 'running', boots: 1 }
  const controls: Controls = {
    restart: async () => {},
    log: () => [],
    status: () => status,
    subscribe(listener) {
      changes.on('change', listener)
      return () => changes.off('change', listener)
    },
  }
  const registry = createRegistry({ inspection: { newest, find }, controls, everyMs: 1 })
  const told: { event: string; data: unknown }[] = []
  const viewer = registry.join((event, data) => {
    told.push({ event, data })
    changes.emit('told')
  })
  // The cast: what is told under this name.
  const views = () => told.flatMap(({ event, data }) => (event === 'registry' ? [data as View] : []))
  return {
    told,
    viewer,
    views,
    service(next: ServiceStatus): void {
      status = next
      changes.emit('change')
    },
    async until(holds: () => unknown): Promise<void> {
      while (!holds()) await once(changes, 'told')
    },
    [Symbol.asyncDispose]: () => registry.close(),
  }
}

test('only what has changed is told, and the opened job only to who has opened it', async () => {
  const jobs: Job[] = [sampleJob(1)]
  let looks = 0
  const { promise: lookedOften, resolve } = Promise.withResolvers<void>()
  await using watched = start(
    async () => {
      looks += 1
      if (looks > 5) resolve()
      return [...jobs]
    },
    async (id) => jobs.find((job) => job.id === id),
  )
  await watched.until(() => watched.told.length === 3)
  await lookedOften
  expect(watched.told.map(({ event }) => event)).toEqual(['registry', 'registry', 'job'])
  watched.viewer.watch('none')
  jobs[0] = runningJob(1)
  await watched.until(() => watched.views().at(-1)?.jobs[0]?.status === 'running')
  expect(watched.told.filter(({ event }) => event === 'job')).toHaveLength(1)
  watched.viewer.watch(1)
  await watched.until(() => watched.told.filter(({ event }) => event === 'job').at(-1)?.data === jobs[0])
})

test('what the process before a kill answers late is not shown as the state after it', async () => {
  const late = Promise.withResolvers<Job[]>()
  const answers = [Promise.resolve([runningJob(1)]), late.promise]
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  await using watched = start(async () => {
    const answer = answers.shift()
    if (answers.length === 0) resolve()
    return (await answer) ?? [failedJob(1)]
  })
  await asked
  watched.service({ state: 'starting', boots: 1 })
  expect(watched.views().at(-1)).toMatchObject({ state: 'down', jobs: [{ status: 'running' }] })
  watched.service({ state: 'running', boots: 2 })
  late.resolve([runningJob(1), runningJob(0)])
  await watched.until(() => watched.views().at(-1)?.state === 'live')
  expect(watched.views().at(-1)?.jobs).toMatchObject([{ id: 1, status: 'failed' }])
})

test('a service that cannot be asked is shown as down with what was seen last', async () => {
  let fails = false
  await using watched = start(async () => {
    if (fails) throw new Error('ECONNREFUSED')
    return [sampleJob(1)]
  })
  await watched.until(() => watched.views().at(-1)?.state === 'live')
  fails = true
  await watched.until(() => watched.views().at(-1)?.state === 'down')
  expect(watched.views().at(-1)?.jobs).toHaveLength(1)
  fails = false
  await watched.until(() => watched.views().at(-1)?.state === 'live')
})

test('the inspection is asked with its token; a job that is not there is none', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`)
    if (request.url === '/jobs/9') response.writeHead(404).end('{}')
    else response.end(JSON.stringify({ jobs: [sampleJob(1)] }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const inspection = createInspection({ url: `http://127.0.0.1:${port}`, token: 'a-token' })
  const { signal } = new AbortController()
  expect(await inspection.newest(signal)).toMatchObject([{ id: 1 }])
  expect(await inspection.find(9, signal)).toBeUndefined()
  expect(asked).toEqual(['/jobs?limit=20 Bearer a-token', '/jobs/9 Bearer a-token'])
  server.closeAllConnections()
  server.close()
})
