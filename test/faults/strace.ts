import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** What is traced ends with strace, which by itself would let it live. */
const MORTAL = ['setpriv', '--pdeathsig', 'KILL']

/** Why this machine cannot trace processes, or undefined where it can. */
export function whyNoTracing(): string | undefined {
  const [command = '', ...more] = [...killAt('fsync', 1), process.execPath, '-e', '0']
  const tried = spawnSync(command, more)
  if (tried.error) return 'there is no strace'
  return tried.status === 0 ? undefined : 'ptrace is not allowed'
}

const changing =
  'openat,pwrite64,pwritev,pwritev2,write,writev,sendto,sendmsg,fsync,fdatasync,ftruncate,fallocate,rename,renameat,renameat2,unlink,unlinkat'

/** The wrapper that notes every write, sync and answer of the node behind it in `log`, whole. */
export function noteWrites(log: string): string[] {
  const filter = ['--seccomp-bpf', '-e', `trace=${changing}`] // stops at these calls alone, which costs least
  return ['strace', '-f', '-qq', '-y', '-xx', '-s', '1048576', ...filter, '-o', log, ...MORTAL]
}

/** The wrapper that kills the node behind it as it enters one of these system calls for the n-th time. */
export function killAt(calls: string, n: number): string[] {
  // With --seccomp-bpf, strace 6.1 counts and does not kill.
  return [
    'strace',
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${calls}`,
    `--inject=${calls}:signal=KILL:when=${n}`,
    ...MORTAL,
  ]
}

/** Lets system calls of a running process fail, until it is told to stop. */
export async function failCalls(pid: number, calls: string, error: string): Promise<() => Promise<void>> {
  const how = ['-f', '-o', '/dev/null', '-e', `trace=${calls}`, `--inject=${calls}:error=${error}`, '-p', String(pid)]
  const strace = spawn('strace', how, { stdio: ['ignore', 'ignore', 'pipe'] })
  const lines = createInterface({ input: strace.stderr })
  const [said = ''] = await once(lines, 'line')
  if (!String(said).includes('attached')) throw new Error(`strace could not attach: ${said}`)
  return async () => {
    strace.kill('SIGINT') // upon which it lets go of the process
    if (strace.exitCode === null && strace.signalCode === null) await once(strace, 'exit')
  }
}
