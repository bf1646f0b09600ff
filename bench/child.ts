import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** What it prints can be read; what it complains of goes where ours goes. */
export type Spawned = ChildProcessByStdio<null, Readable, null>

export interface Child {
  url: string
  process: Spawned
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>
  /** The resident set in bytes after the garbage was collected; only of a process that was started `weighed`. */
  weigh(): Promise<number>
}

export interface Start {
  env?: Record<string, string>
  cwd?: string
  weighed?: boolean
  /** V8's own flags and such, before the module. */
  flags?: readonly string[]
}

const alive = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

const weighing = ['--expose-gc', '--import', join(import.meta.dirname, 'collect-garbage.ts')]

/** Runs a module on this Node, without waiting for anything. */
export function spawnModule(
  module: string,
  args: readonly string[] = [],
  { env = {}, cwd, weighed, flags = [] }: Start = {},
): Spawned {
  const child = spawn(process.execPath, [...flags, ...(weighed ? weighing : []), module, ...args], {
    env: { PATH: process.env.PATH, ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  alive.add(child)
  child.once('exit', () => alive.delete(child))
  return child as unknown as Spawned // by `stdio`
}

/** Runs a module that is a server, and resolves once it says where it listens. @throws when it ends before. */
export async function startModule(module: string, args: readonly string[] = [], start: Start = {}): Promise<Child> {
  const child = spawnModule(module, args, start)
  const ended = once(child, 'exit')
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const last: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const url = /Server listening at (http:\/\/[^"\s]+)/.exec(line)?.[1]
    if (url) resolve(url)
    last.push(line)
    if (last.length > 5) last.shift()
  })
  ended.then(([code, signal]) => reject(new Error(`${module} ended by ${code ?? signal}:\n${last.join('\n')}`)))
  const url = await promise
  return {
    url,
    process: child,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
    async weigh() {
      const answer = once(child, 'message') as Promise<[number]> // all that it ever says
      child.send('weigh')
      const [bytes] = await answer
      return bytes
    },
  }
}

/** Runs a module to its end and gives the JSON that it printed last. @throws when it fails. */
export async function resultOf<Result>(module: string, args: readonly string[]): Promise<Result> {
  const child = spawnModule(module, args)
  let last = ''
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    last = line
  })
  const [[code]] = await Promise.all([once(child, 'exit'), once(lines, 'close')])
  if (code !== 0) throw new Error(`${module} ${args.join(' ')} ended by ${code}`)
  return JSON.parse(last) as Result // what the module says that it prints
}
