const levels: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' }
const unsaid = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'err', 'bootId'])

/** A line of the service's log for reading: `22:19:53 info A job begins jobId=1`. What is not such a line stays as it is. */
export function readableLine(line: string): string {
  const entry = parse(line)
  if (!entry || typeof entry.msg !== 'string') return line
  const time = new Date(Number(entry.time)).toLocaleTimeString('en-GB')
  const facts = Object.entries(entry).filter(([name, value]) => !unsaid.has(name) && value !== null)
  const shown = facts.map(
    ([name, value]) => `${name}=${typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value)}`,
  )
  const error = (entry.err as { stack?: string } | undefined)?.stack
  return (
    [time, levels[Number(entry.level)] ?? '', entry.msg, ...shown].join(' ') +
    (error ? `\n  ${error.replaceAll('\ncaused by', '\n  caused by')}` : '')
  )
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) ?? undefined
  } catch {
    return undefined
  }
}
