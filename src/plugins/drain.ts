import fp from 'fastify-plugin'

/** A drain that nobody asks for again ends by itself: one that was forgotten must not hold every job up for ever. */
const FORGOTTEN_AFTER_MS = 60 * 60_000

interface Drain {
  readonly isOn: boolean
  /** Begins no further job; chat and commands go on. Asked for again, it only lasts longer. `asker` is for the log. */
  begin(asker: string): Promise<void>
  /** Lets jobs begin again. A restart does that as well, since nothing of a drain is stored. */
  end(asker: string): void
  /** What it waits for, and what begins after it. */
  left(): Promise<{ running: number; queued: number }>
}

declare module 'fastify' {
  interface FastifyInstance {
    drain: Drain
  }
}

/** Lets what runs end before a restart. */
export default fp(
  async (app) => {
    const { db, runner, log } = app
    let forgotten: NodeJS.Timeout | undefined

    const drain: Drain = {
      get isOn() {
        return forgotten !== undefined
      },
      async begin(asker) {
        if (!forgotten) log.info({ asker }, 'No further job begins, until the restart')
        clearTimeout(forgotten)
        forgotten = setTimeout(() => drain.end('nobody for an hour'), FORGOTTEN_AFTER_MS)
        await runner.hold()
      },
      end(asker) {
        if (!forgotten) return
        clearTimeout(forgotten)
        forgotten = undefined
        runner.release()
        log.info({ asker }, 'Jobs begin again')
      },
      left: () => db.jobs.unfinished(),
    }

    app.decorate('drain', drain)
    app.addHook('onClose', () => clearTimeout(forgotten))
  },
  { name: 'drain', dependencies: ['jobs'] },
)
