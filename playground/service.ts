import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { readableLine } from './log-line.ts'
import type { Controls, ServiceStatus } from './page/serve.ts'

const keptLines = 200
const server = join(import.meta.dirname, '..', 'src', 'server.ts')

export type ServiceOptions = {
  /** The whole environment of the service. */
  env: Record<string, string>
  cwd: string
  /** Called when it ends without having been told to, with the reason and its last lines. */
  onDeath(why: string, lines: string[]): void
}

/** The real service as a child process: what `npm start` runs, on the Node that runs this. */
export function createService({ env, cwd, onDeath }: ServiceOptions) {
  const changes = new EventEmitter<{ change: [] }>()
  const lines: string[] = []
  let status: ServiceStatus = { state: 'stopped', boots: 0 }
  let current: ChildProcess | undefined
  let closed = false

  function change(to: ServiceStatus): void {
    status = to
    changes.emit('change')
  }

  function keep(line: string): void {
    lines.push(line)
    if (lines.length > keptLines) lines.shift()
  }

  /** Resolves when the service listens or has ended again; the status says which. */
  async function start(): Promise<void> {
    if (closed) return
    const child = spawn(process.execPath, [server], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    const { promise: listening, resolve } = Promise.withResolvers<void>()
    const boots = status.boots + 1
    current = child
    change({ state: 'starting', pid: child.pid, boots })
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        keep(readableLine(line))
        if (current === child && line.includes('Server listening at')) {
          change({ state: 'running', pid: child.pid, boots })
          resolve()
        }
      })
    }
    // A child that was ended on purpose is not the current one any more.
    child.once('close', (code, signal) => {
      resolve()
      if (current !== child) return
      current = undefined
      const why = signal ?? `exit code ${code}`
      change({ state: 'stopped', boots, why })
      onDeath(why, lines.slice(-10))
    })
    await listening
  }

  async function kill(): Promise<void> {
    const child = current
    current = undefined
    if (!child) return
    const gone = once(child, 'close')
    child.kill('SIGKILL')
    await gone
  }

  const controls: Controls = {
    async restart() {
      if (closed) return
      change({ state: 'starting', boots: status.boots })
      await kill()
      keep(`--- ended by SIGKILL; this is boot ${status.boots + 1} ---`)
      await start()
    },
    status: () => status,
    subscribe(listener) {
      changes.on('change', listener)
      return () => changes.off('change', listener)
    },
    log: () => [...lines],
  }

  return {
    controls,
    start,
    /** Ends it for good by SIGKILL, since its database goes with it, and waits until it is gone. */
    async close(): Promise<void> {
      closed = true
      await kill()
    },
    /** As much of that as there is time for when this process exits. */
    end(): void {
      current?.kill('SIGKILL')
    },
  }
}

/** The port that is wanted if nothing on 127.0.0.1 has it, else any that is free. */
export async function freePort(wanted = 0): Promise<number> {
  const probe = createServer()
  probe.listen(wanted, '127.0.0.1')
  try {
    await once(probe, 'listening')
  } catch (error) {
    if (wanted !== 0) return freePort()
    throw error
  }
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}
