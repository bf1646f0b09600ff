import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { readableLine } from '../../playground/log-line.ts'

const server = join(import.meta.dirname, '..', '..', 'src', 'server.ts')
const follow = pathToFileURL(join(import.meta.dirname, 'follow.ts')).href

interface Options {
  env: Record<string, string | undefined>
  /** Gets each line of its log, readable. */
  print: (line: string) => void
}

/** The real service as a child process, on the Node that runs this. */
export function startService({ env, print }: Options) {
  // In a process group of its own: a Ctrl-C reaches dev alone, which hands it on in its own time.
  const child = spawn(process.execPath, ['--import', follow, server], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  })
  const listening = Promise.withResolvers<string | undefined>()
  const ended = Promise.withResolvers<{ code: number; why: string }>()

  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      print(readableLine(line))
      const url = /Server listening at (http:\/\/[^\s"]+)/.exec(line)?.[1]
      if (url) listening.resolve(url)
    })
  }
  child.once('error', (error) => ended.resolve({ code: 1, why: error.message }))
  child.once('close', (code, signal) => {
    listening.resolve(undefined)
    if (signal) ended.resolve({ code: 128 + constants.signals[signal], why: signal })
    else ended.resolve({ code: code ?? 1, why: `exit code ${code}` })
  })

  return {
    /** Where it listens; undefined when it ended before. */
    listening: listening.promise,
    /** Its exit code, or as shells count an end by a signal. */
    ended: ended.promise,
    /** Asks it to end; asked twice, it ends at once. */
    stop(): void {
      child.kill('SIGTERM')
    },
  }
}
