/** What is asked of each contender: life cycles a second on a database of its own at `file`. */
export interface Course {
  file: string
  count: number
  inFlight: number
}

export type Contender = (course: Course) => Promise<number>

/** Loaded one at a time, each in a process of its own. */
const contenders = {
  remy: async () => (await import('./remy.ts')).remy,
  raw: async () => (await import('./raw.ts')).raw,
  plainjob: async () => (await import('./plainjob.ts')).plainjob,
  liteque: async () => (await import('./liteque.ts')).liteque,
} satisfies Record<string, () => Promise<Contender>>

export type ContenderName = keyof typeof contenders

if (import.meta.main) {
  const [name = '', file = '', count = '', inFlight = ''] = process.argv.slice(2)
  const contender = await contenders[name as ContenderName]() // from who started this
  process.stdout.write(`${await contender({ file, count: Number(count), inFlight: Number(inFlight) })}\n`)
  process.exit(0) // some of them hold timers
}
