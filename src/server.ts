import { lookup } from 'node:dns/promises'
import { DatabaseLocked } from '../db/lock.ts'
import { DatabaseRefused } from '../db/storage-errors.ts'
import { type App, buildApp } from './app.ts'
import { ConfigError, readConfig } from './config.ts'
import { createScrubber } from './scrub.ts'
import { aborted } from './wake-loop.ts'
import { noteLastWords } from './watch/last-words.ts'

/** Exit codes: 1 for what an operator must mend, 75 (EX_TEMPFAIL) for a database that another process holds. */
const EXIT_REFUSED = 1
const EXIT_LOCKED = 75

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** What a polite close may still take once nothing runs any more, and what the second signal leaves of it. */
const FLUSH_MS = 3_000
const HURRY_MS = 800

/** A terminal signals its whole group, and npm hands its copy on: so close behind each other, two are one. */
const SAME_SIGNAL_MS = 30

serve()

async function serve(): Promise<void> {
  let early: NodeJS.Signals | undefined
  // While booting nothing runs: the boot is finished and stopped, so that its end is no crash. Who asks twice is in a hurry.
  const whileBooting = (signal: NodeJS.Signals) => {
    if (early) process.exit(0)
    early = signal
  }
  for (const signal of SIGNALS) process.on(signal, whileBooting)
  let drainAtOnce = false
  let drain = async () => {
    drainAtOnce = true
  }
  process.on('SIGUSR2', () => drain())
  process.stdout.on('error', () => {}) // whoever read the log is gone; the work goes on
  let scrub = (text: string) => text
  try {
    const config = readConfig(process.env)
    scrub = createScrubber(config)
    const app = await buildApp(config)
    process.on('uncaughtException', endByError(app))
    app.db.untrusted.then((err) => {
      app.log.fatal({ err }, 'The database file can no longer be trusted: ending before more is written to it')
      process.exit(EXIT_REFUSED)
    })
    for (const signal of SIGNALS) process.off(signal, whileBooting)
    const stopOn = stopOnSignals(app)
    if (early) return stopOn(early)
    drain = () => app.drain.begin('SIGUSR2').catch((err) => app.log.error({ err }, 'The drain could not begin'))
    if (drainAtOnce) await drain()
    app.idle.then(() => endForWantOfWork(app))
    // Of a name with several addresses one is taken, where the listener may have to be closed and opened again.
    const host = config.idleExitMs === undefined ? config.host : (await lookup(config.host)).address
    await app.listen({ host, port: config.port }).catch(async (error) => {
      await app.close()
      throw error
    })
  } catch (error) {
    refuse(error, scrub)
  }
}

function refuse(error: unknown, scrub: (text: string) => string): never {
  const isExpected = [ConfigError, DatabaseLocked, DatabaseRefused].some((expected) => error instanceof expected)
  const said = error instanceof Error ? (isExpected ? error.message : (placeRefused(error) ?? error.stack)) : error
  process.stderr.write(`Remy does not start. ${scrub(String(said))}\n`)
  process.exit(error instanceof DatabaseLocked ? EXIT_LOCKED : EXIT_REFUSED)
}

/** Nothing is closed: what a crash leaves is what the next boot settles. A second error in the meantime ends it at once. */
function endByError(app: App): (err: unknown) => void {
  let isEnding = false
  return (err) => {
    app.log.fatal({ err }, 'An error that nobody caught')
    if (isEnding) process.exit(EXIT_REFUSED)
    isEnding = true
    void noteLastWords(app.db, app.boot.id, err).finally(() => process.exit(EXIT_REFUSED))
  }
}

/** Says which address cannot be listened on, and what to do; nothing where the error is about something else. */
function placeRefused(error: NodeJS.ErrnoException & { address?: string; hostname?: string; port?: number }) {
  if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') return undefined
  const name = error.address ?? error.hostname
  const place = error.port === undefined ? name : `${name}:${error.port}`
  const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.code
  return `It cannot listen on ${place}: ${why}. HOST, PORT and METRICS_PORT say where it does.`
}

/** The first signal drains: chat goes on while running jobs get the grace time. The second ends at once; nothing is lost by it. */
function stopOnSignals(app: App): (signal: NodeJS.Signals) => void {
  const hurry = new AbortController()
  let stopping: Promise<void> | undefined
  let firstAt = 0

  function onSignal(signal: NodeJS.Signals): void {
    if (stopping && performance.now() - firstAt < SAME_SIGNAL_MS) return
    app.log.info({ signal }, stopping ? 'A second signal: ending at once' : 'Stopping')
    if (stopping) {
      hurry.abort()
      setTimeout(() => process.exit(0), HURRY_MS)
    }
    firstAt ||= performance.now()
    stopping ??= stop(app, signal, hurry.signal).catch((err) => {
      app.log.error({ err }, 'The stop was not clean')
      process.exit(EXIT_REFUSED)
    })
  }

  for (const signal of SIGNALS) process.on(signal, onSignal)
  return onSignal
}

/** The listener is closed and nothing is left to do: a clean end, after which whoever sends a request starts the service again. */
async function endForWantOfWork(app: App): Promise<void> {
  app.log.info('Ending until there is something to do')
  await app.close().catch((err) => {
    app.log.error({ err }, 'The end was not clean')
    process.exit(EXIT_REFUSED)
  })
  process.exit(0)
}

async function stop(app: App, signal: NodeJS.Signals, hurry: AbortSignal): Promise<void> {
  const noted = app.db.boots.setStopping(app.boot.id, signal)
  noted.catch((err) => app.log.error({ err }, 'The stop could not be noted: the next boot will call it a crash'))
  const grace = AbortSignal.timeout(app.config.shutdownGraceMs)
  await app.runner.drain(app.config.shutdownGraceMs, hurry)
  // Nothing runs any more. What is being answered is finished, and the outbox emptied, as far as there is time.
  await Promise.race([app.dispatcher.idle(), aborted(AbortSignal.any([grace, hurry]))])
  await app.sender.flush(AbortSignal.any([AbortSignal.timeout(FLUSH_MS), hurry]))
  await app.close()
  process.exit(0)
}
