/** What a traced process did to its files and told the world, in order. Offsets and lengths in bytes. */
export type WriteEvent =
  | { kind: 'write'; path: string; offset: number; bytes: Buffer }
  | { kind: 'truncate'; path: string; length: number }
  | { kind: 'sync'; path: string }
  | { kind: 'rename'; from: string; to: string }
  | { kind: 'unlink'; path: string }
  /** Something was written to a socket. */
  | { kind: 'told'; text: string }

/** The options under which strace writes such a log: descriptors with their paths, strings whole and in hexadecimal. */
export const traceOptions = (file: string) =>
  ['--seccomp-bpf', '-y', '-xx', '-s', '200000', '-o', file, '-e', `trace=${calls.join()}`] as const
const calls = ['pwrite64', 'write', 'writev', 'sendto', 'fsync', 'fdatasync', 'ftruncate', 'rename', 'unlink']

/** Reads the log of a process and its threads, as far as it is about files below `folder` and sockets. */
export function readLog(log: string, folder: string): WriteEvent[] {
  const begun = new Map<string, string>()
  return log.split('\n').flatMap((line): WriteEvent[] => {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? []
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(thread, rest.slice(0, -'<unfinished ...>'.length))
      return []
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1]
    const event = readCall(resumed === undefined ? rest : (begun.get(thread) ?? '') + resumed)
    if (!event) return []
    if (event.kind === 'told') return [event]
    return (event.kind === 'rename' ? event.from : event.path).startsWith(folder) ? [event] : []
  })
}

function readCall(call: string): WriteEvent | undefined {
  const [, name = '', rest = ''] = /^(\w+)\((.*)$/s.exec(call) ?? []
  if (/= (-1 E[A-Z]+|\?)/.test(rest.slice(-80))) return undefined // it failed, or the process ended in it
  const path = fromHex(/^\d+<([^>]*)>/.exec(rest)?.[1] ?? '').toString()
  const strings = Array.from(rest.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g), ([, hex = '']) => fromHex(hex))
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = strings
  switch (name) {
    case 'pwrite64':
      return { kind: 'write', path, bytes: first, offset: Number(/, (\d+)\s*\)\s+= \d+/.exec(rest)?.[1]) }
    case 'ftruncate':
      return { kind: 'truncate', path, length: Number(/>, (\d+)\s*\)/.exec(rest)?.[1]) }
    case 'fsync':
    case 'fdatasync':
      return { kind: 'sync', path }
    case 'rename':
      return { kind: 'rename', from: first.toString(), to: second.toString() }
    case 'unlink':
      return { kind: 'unlink', path: first.toString() }
    case 'write':
    case 'writev':
    case 'sendto':
      return /^(socket|TCP)/.test(path) ? { kind: 'told', text: Buffer.concat(strings).toString() } : undefined
    default:
      return undefined
  }
}

function fromHex(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex')
}
