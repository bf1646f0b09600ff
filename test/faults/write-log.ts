import { readFileSync } from 'node:fs'

/** What a process did to the world, in order: to files by their path, and to sockets. */
export type Deed =
  | { kind: 'create'; path: string; truncates: boolean }
  | { kind: 'write'; path: string; at: number; bytes: Buffer }
  | { kind: 'truncate'; path: string; length: number }
  | { kind: 'sync'; path: string }
  | { kind: 'rename'; path: string; to: string }
  | { kind: 'unlink'; path: string }
  | { kind: 'said'; bytes: Buffer }

const hex = /"((?:\\x[0-9a-f]{2})*)"/g
const opened = /^\w+\((\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>/

/** Reads what `noteWrites` noted of files in `folder` and of sockets. */
export function readWriteLog(log: string, folder: string): Deed[] {
  const deeds: Deed[] = []
  const unfinished = new Map<string, string>()
  for (const line of readFileSync(log, 'latin1').split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    if (rest.endsWith('<unfinished ...>')) {
      const begun = rest.slice(0, -'<unfinished ...>'.length)
      // A sync counts from its end, anything else from its beginning: both on the side that loses more.
      if (/^f(data)?sync/.test(begun)) unfinished.set(thread, begun)
      else add(begun)
    } else if (rest.startsWith('<... ')) {
      const begun = unfinished.get(thread)
      unfinished.delete(thread)
      if (begun && / = 0$/.test(rest)) add(begun)
    } else if (!/ = -1 /.test(rest)) add(rest)
  }
  return deeds

  function add(call: string): void {
    const deed = deedOf(call)
    if (deed && (deed.kind === 'said' || deed.path === folder || deed.path.startsWith(`${folder}/`))) deeds.push(deed)
  }
}

function deedOf(call: string): Deed | undefined {
  const [name = ''] = call.split('(', 1)
  const path = textOf(opened.exec(call)?.[2])
  const strings = Array.from(call.matchAll(hex), ([, text]) => bytesOf(text))
  const numbers = call.replace(/^[^,]*(?:, "[^"]*")*/, '').match(/-?\d+/g) ?? []
  const [first, second] = strings.map((bytes) => bytes.toString())
  switch (name) {
    case 'openat':
      if (!call.includes('O_CREAT') || !first) return undefined
      return { kind: 'create', path: first, truncates: call.includes('O_TRUNC') }
    case 'pwrite64': // fd, bytes, count, offset
      return { kind: 'write', path, at: Number(numbers[1]), bytes: strings[0] ?? Buffer.alloc(0) }
    case 'ftruncate':
      return { kind: 'truncate', path, length: Number(numbers[0]) }
    case 'fsync':
    case 'fdatasync':
      return { kind: 'sync', path }
    case 'rename':
    case 'renameat':
    case 'renameat2':
      return first && second ? { kind: 'rename', path: first, to: second } : undefined
    case 'unlink':
    case 'unlinkat':
      return first ? { kind: 'unlink', path: first } : undefined
    case 'write':
    case 'writev':
    case 'sendto':
    case 'sendmsg':
      if (path.startsWith('socket:') || path.startsWith('TCP')) return { kind: 'said', bytes: Buffer.concat(strings) }
      if (path.startsWith('/')) return { kind: 'write', path, at: Number.NaN, bytes: Buffer.concat(strings) }
      return undefined
    default: // a way of writing that nobody thought of must not go unnoticed
      return path.startsWith('/') ? { kind: 'write', path, at: Number.NaN, bytes: Buffer.alloc(0) } : undefined
  }
}

function bytesOf(escaped = ''): Buffer {
  return Buffer.from(escaped.replaceAll('\\x', ''), 'hex')
}

function textOf(escaped = ''): string {
  return bytesOf(escaped).toString()
}
