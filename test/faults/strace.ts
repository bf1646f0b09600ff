import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Why this machine cannot trace processes, or undefined where it can. */
export function whyNoTracing(): string | undefined {
  const tried = spawnSync('strace', [
    '-f',
    '--seccomp-bpf',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    'trace=none',
    process.execPath,
    '-e',
    '0',
  ])
  if (tried.error) return 'there is no strace'
  return tried.status === 0 ? undefined : 'ptrace is not allowed'
}

const changing =
  'openat,pwrite64,pwritev,pwritev2,write,writev,sendto,sendmsg,fsync,fdatasync,ftruncate,fallocate,rename,renameat,renameat2,unlink,unlinkat'

/** The wrapper that notes every write, sync and answer of the node behind it in `log`, whole. */
export function noteWrites(log: string): string[] {
  return ['strace', '-f', '--seccomp-bpf', '-qq', '-y', '-xx', '-s', '1048576', '-e', `trace=${changing}`, '-o', log]
}

/** The wrapper that kills the node behind it as it enters a system call for the n-th time. */
export function killAt(call: string, n: number): string[] {
  return [
    'strace',
    '-f',
    '--seccomp-bpf',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${call}`,
    `--inject=${call}:signal=KILL:when=${n}`,
  ]
}

/** Lets system calls of a running process go wrong, until it is told to stop. */
export async function inject(pid: number, injection: string): Promise<() => Promise<void>> {
  const calls = injection.split(':')[0]
  const strace = spawn(
    'strace',
    ['-f', '-o', '/dev/null', '-e', `trace=${calls}`, `--inject=${injection}`, '-p', String(pid)],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  await attached(strace)
  return async () => {
    if (strace.exitCode !== null || strace.signalCode !== null) return
    strace.kill('SIGINT') // upon which it lets go of the process
    await once(strace, 'exit')
  }
}

async function attached(strace: ChildProcess & { stderr: NodeJS.ReadableStream }): Promise<void> {
  for await (const line of createInterface({ input: strace.stderr })) if (line.includes('attached')) return
  throw new Error('strace could not attach')
}
