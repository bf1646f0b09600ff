import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { House } from '../build.ts'

const patienceMs = 30_000

/** One of the operator's commands as its own process. It ends by `await using`, and its service with it. */
export function runCommand(
  name: 'dev' | 'doctor' | 'db-check' | 'db-backup' | 'db-restore' | 'deploy',
  env: Record<string, string | undefined>,
  ...args: string[]
) {
  const file = join(import.meta.dirname, '..', '..', 'ops', `${name}.ts`)
  const child = spawn(process.execPath, [file, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const printed = new EventEmitter<{ line: [] }>().setMaxListeners(0)
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      printed.emit('line')
    })
  }
  const ended = once(child, 'close').then(([code, signal]): number | string => code ?? signal)

  return {
    lines,
    ended,
    output: () => lines.join('\n'),
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    /** Resolves with the first line that contains this. */
    async line(part: string | RegExp): Promise<string> {
      const patience = AbortSignal.timeout(patienceMs)
      for (;;) {
        const next = once(printed, 'line', { signal: patience })
        next.catch(() => {})
        const found = lines.find((line) => (typeof part === 'string' ? line.includes(part) : part.test(line)))
        if (found) return found
        await next.catch(() => {
          throw new Error(`No line with ${part} within ${patienceMs} ms:\n${lines.slice(-20).join('\n')}`)
        })
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** None of these stands in a text that a command has printed. */
export function secretsOf({ telegram, claude, env }: House): string[] {
  const [, secretPart = ''] = telegram.token.split(':')
  return [secretPart, claude.apiKey, env.TELEGRAM_WEBHOOK_SECRET ?? '', env.INSPECTION_TOKEN ?? ''].filter(Boolean)
}
