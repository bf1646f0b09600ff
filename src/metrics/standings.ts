import { Gauge, type Registry } from 'prom-client'
import type { Database } from '../../db/open.ts'

/** What is read from the database when somebody asks. */
export interface Standings {
  load: Database['jobs']['load']
  countPending: Database['deliveries']['countPending']
}

interface Parts {
  registers: Registry[]
  standings: Standings
  onError: (error: unknown) => void
}

/** Gauges that are read from the database at each scrape; what cannot be read is absent rather than 0. */
export function watchStandings({ registers, standings, onError }: Parts): void {
  const read = (name: string, help: string, of: (load: Awaited<ReturnType<Standings['load']>>) => number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.remove()
        await standings.load().then((load) => this.set(of(load)), onError)
      },
    })
  read('remy_jobs_queued', 'Jobs that wait', ({ queued }) => queued)
  read('remy_jobs_running', 'Jobs that run', ({ running }) => running)
  new Gauge({
    name: 'remy_deliveries_pending',
    help: 'Messages of the outbox that are still to be sent, by purpose',
    labelNames: ['purpose'],
    registers,
    async collect() {
      this.reset()
      await standings.countPending().then((counts) => {
        for (const [purpose, count] of counts) this.set({ purpose }, count)
      }, onError)
    },
  })
}
