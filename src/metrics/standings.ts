import { Gauge, type Registry } from 'prom-client'
import type { Delivery } from '../../db/deliveries.ts'
import type { Database } from '../../db/open.ts'

/** What is read from the database when somebody asks. */
export interface Standings {
  load: Database['jobs']['load']
  countPending: Database['deliveries']['countPending']
}

interface Parts {
  registers: Registry[]
  purposes: readonly Delivery['purpose'][]
  standings: Standings
  onError: (error: unknown) => void
}

/** Gauges that are read from the database at each scrape; what cannot be read is absent rather than 0. */
export function watchStandings({ registers, purposes, standings, onError }: Parts): void {
  new Gauge({
    name: 'remy_jobs_unfinished',
    help: 'Jobs that are not at their end, by status: queued, running',
    labelNames: ['status'],
    registers,
    async collect() {
      this.reset()
      await standings.load().then(({ queued, running }) => {
        this.set({ status: 'queued' }, queued)
        this.set({ status: 'running' }, running)
      }, onError)
    },
  })
  new Gauge({
    name: 'remy_deliveries_pending',
    help: 'Messages of the outbox that are still to be sent, by purpose',
    labelNames: ['purpose'],
    registers,
    async collect() {
      this.reset()
      await standings.countPending().then((counts) => {
        for (const purpose of purposes) this.set({ purpose }, counts.get(purpose) ?? 0)
      }, onError)
    },
  })
}
