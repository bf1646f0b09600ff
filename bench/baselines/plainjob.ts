// plainjob: as many workers as jobs in flight, since a worker takes one after the other. It knows neither steps nor messages.
import Sqlite from 'better-sqlite3'
import { better, defineQueue, defineWorker } from 'plainjob'
import { jobsPerSecond } from './in-flight.ts'
import type { Contender } from './life-cycles.ts'

const silent = { error() {}, warn() {}, info() {}, debug() {} }

export const plainjob: Contender = async ({ file, count, inFlight }) => {
  const sqlite = new Sqlite(file)
  const queue = defineQueue({ connection: better(sqlite), logger: silent })
  sqlite.pragma('synchronous = FULL') // it sets less
  if (sqlite.pragma('synchronous', { simple: true }) !== 2) throw new Error('plainjob is not at FULL')
  const race = jobsPerSecond({ count, inFlight }, (number) => queue.add('nothing', { number }))
  const workers = Array.from({ length: inFlight }, () =>
    defineWorker('nothing', async () => {}, { queue, logger: silent, pollIntervall: 1, onCompleted: race.ended }),
  )
  race.start()
  for (const worker of workers) void worker.start()
  return race.perSecond
}
