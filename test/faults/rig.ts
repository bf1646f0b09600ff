import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Update } from '../../playground/bot-api/state.ts'
import { build, type House, spawnServer } from '../build.ts'
import { check } from './check.ts'
import { type Aim, written } from './failpoints.ts'

const entryOf = (name: string) => join(import.meta.dirname, `${name}.ts`)

/** What was seen of a service from outside, which is what it is held to. */
export interface Seen {
  /** Every update that was answered 200, by its update_id. */
  answered: Map<number, Update>
  /** How many processes were killed: each may have repeated one part in each chat. */
  kills: number
  /** What was wrong at a moment that has passed. */
  violations: string[]
}

interface Options {
  env?: Record<string, string | undefined>
  drafts?: boolean
  /** Where the database is; in a folder of the house's own unless said. */
  file?: string
  /** A variant of broken.ts: then the checks are expected to find something. */
  broken?: string | undefined
}

/** The house of build.ts, not yet booted, with ways to break it and to say afterwards what was lost. */
export async function rig({ env = {}, drafts = true, file, broken }: Options = {}) {
  const brokenBy = broken === undefined ? {} : { BROKEN: broken }
  const usual = { LOG_LEVEL: 'debug' }
  const house = await build({ asleep: true, drafts, file, env: { ...usual, ...env, ...brokenBy } })
  const seen: Seen = { answered: new Map(), kills: 0, violations: [] }
  const hits = join(house.folder, 'failpoint.log')
  house.telegram.events.on('push', ({ update, status }) => {
    if (status === 200) seen.answered.set(update.update_id, update)
  })

  function unarmed(): void {
    house.run.entry = broken === undefined ? undefined : entryOf('server-broken')
    house.env.FAILPOINT = undefined
  }

  const wasHit = (aim: Aim) => existsSync(hits) && readFileSync(hits, 'utf8').split('\n').includes(written(aim))
  const ways = {
    seen,

    /** Boots with the real entry, and looks at once whether anything of another process is left running. */
    async start(): Promise<void> {
      unarmed()
      await house.boot()
      const [boot] = house.rows<{ id: string }>('SELECT id FROM boots ORDER BY started_at DESC, rowid DESC LIMIT 1')
      const left = house.rows<{ id: number }>(
        "SELECT id FROM background_jobs WHERE status = 'running' AND boot_id IS NOT ?",
        boot?.id,
      )
      for (const { id } of left) seen.violations.push(`#${id} was still running, of another process, when the service answered`)
    },

    /** SIGKILL. */
    async die(): Promise<void> {
      seen.kills += 1
      await house.kill()
    },

    /** Kills a boot after so many milliseconds, wherever it is by then. The process before it has ended. */
    async dieWhileBooting(afterMs: number): Promise<void> {
      const { child, ended } = spawnServer(house.env, house.folder, house.log, house.run)
      await sleep(afterMs) // the fault
      child.kill('SIGKILL')
      await ended
      seen.kills += 1
    },

    /** Boots with a failpoint, does `act`, and waits for the hit that ends the process. @throws when it is never hit. */
    async dieAt(aim: Aim, act: () => void | Promise<void> = () => {}): Promise<void> {
      house.run.entry = entryOf(broken === undefined ? 'server-with-failpoints' : 'server-broken')
      Object.assign(house.env, { FAILPOINT: written(aim), FAILPOINT_LOG: hits })
      try {
        await house.boot()
        await act()
        await house.until(() => wasHit(aim))
        await house.ended()
      } catch (error) {
        if (!wasHit(aim)) throw error // else it ended while it booted, or while `act` was still speaking with it
        await house.ended().catch(() => {})
      }
      seen.kills += 1
      unarmed()
    },

    /** One request to the webhook; the update counts as answered where it was. */
    async post(update: Update): Promise<number | undefined> {
      const answer = await house.telegram.post(update).catch(() => undefined)
      if (answer?.status === 200) seen.answered.set(update.update_id, update)
      return answer?.status
    },

    /** Waits until nothing is under way any more. What does not come to rest counts as a violation. */
    async rest(patienceMs = 30_000): Promise<void> {
      await house
        .until(() => house.telegram.pending() === 0 && isAtRest(house), patienceMs)
        .catch((error) => {
          seen.violations.push(`It never came to rest: ${whatIsLeft(house)} ${error.message.split('\n').slice(1).join(' | ')}`)
        })
    },

    /** Everything that was lost, doubled, or left in a state in which it must not be, in words. */
    async violations(): Promise<string[]> {
      return [...seen.violations, ...(await check(house, seen))]
    },
  }
  return Object.assign(house, ways)
}

export type Rig = Awaited<ReturnType<typeof rig>>

const unfinished = {
  'updates unhandled': 'SELECT count(*) AS n FROM updates WHERE handled_at IS NULL',
  'jobs without an end': 'SELECT count(*) AS n FROM background_jobs WHERE completed_at IS NULL',
  'messages unsent': "SELECT count(*) AS n FROM deliveries WHERE state = 'pending'",
}

const count = (house: House, sql: string) => house.rows<{ n: number }>(sql)[0]?.n ?? 0

function isAtRest(house: House): boolean {
  return Object.values(unfinished).every((sql) => count(house, sql) === 0)
}

function whatIsLeft(house: House): string {
  const left = Object.entries(unfinished).map(([name, sql]) => `${count(house, sql)} ${name}`)
  return [`${house.telegram.pending()} updates unanswered`, ...left].join(', ')
}
