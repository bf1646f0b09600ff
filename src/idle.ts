import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { untilItWorks } from './until-it-works.ts'

/** How often it is looked again while something is under way. */
const LOOK_MS = 1_000
/** How long an answer that is under way when the listener closes may take, and how often silent connections are closed meanwhile. */
const LAST_ANSWER_MS = 1_000
const SWEEP_MS = 10

/** The requests that count, as they were seen until now. */
export interface Requests {
  count: number
  underWay: number
  /** When the last one came or was answered, on the clock of `performance.now()`. */
  lastAt: number
}

interface Parts {
  server: Server
  idleMs: number
  requests: Readonly<Requests>
  /** Whether anything is still to be done. */
  isBusy: () => Promise<boolean>
  signal: AbortSignal
  log: FastifyBaseLogger
}

/**
 * Resolves when nothing is to be done and no request has come for `idleMs`; then nobody is listened to any more. Whatever
 * comes until the last connection is closed has it listen again: what was answered 200 is acted on by this process.
 * @throws when the signal aborts.
 */
export async function untilIdle({ server, idleMs, requests, isBusy, signal, log }: Parts): Promise<void> {
  let listensSince = Number.NEGATIVE_INFINITY
  for (;;) {
    const leftMs = Math.max(requests.lastAt, listensSince) + idleMs - performance.now()
    const isQuiet = leftMs <= 0 && requests.underWay === 0 && !(await isBusy())
    signal.throwIfAborted()
    if (!isQuiet) await sleep(leftMs > 0 ? leftMs + 1 : LOOK_MS, undefined, { signal })
    else if (await isStillQuietWhenClosed()) return
  }

  async function isStillQuietWhenClosed(): Promise<boolean> {
    const before = requests.count
    const { address: host, port } = server.address() as AddressInfo // it listens at a port
    log.info('Nothing is left to do: the listener closes')
    const isClosed = await close(server)
    // Without a connection nothing more can arrive. What did arrive shows here, or in the registry.
    if (isClosed && requests.count === before && !(await isBusy())) return true
    signal.throwIfAborted()
    log.info('Something has come in meanwhile: the listener opens again')
    const onFailure = (err: unknown) => log.error({ err }, 'The listener cannot be opened again yet')
    await untilItWorks(() => listen(server, host, port), { onFailure, signal })
    listensSince = performance.now() // whoever was refused comes again, and must have the time to
    return false
  }
}

/** Takes no more connections, and closes those that are there as soon as nothing is under way on them. False where one remains. */
async function close(server: Server): Promise<boolean> {
  let isClosed = false
  server.close(() => {
    isClosed = true
  })
  for (const until = performance.now() + LAST_ANSWER_MS; !isClosed && performance.now() < until; await sleep(SWEEP_MS)) {
    server.closeIdleConnections()
  }
  return isClosed
}

function listen(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ host, port }, resolve)
  return promise.finally(() => {
    server.off('error', reject)
    server.off('listening', resolve)
  })
}
