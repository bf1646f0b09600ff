import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import fp from 'fastify-plugin'
import { backupOf, keepBackups, lastBackup } from '../../db/copies.ts'

const DAY_MS = 24 * 60 * 60_000
/** One that was declined or failed is tried again so much later. */
const AGAIN_MS = 60 * 60_000
/** The very first one: a service that has just come up has better things to do. */
const FIRST_MS = 60_000
const KEPT = 2

/** The command that operators have as well. */
const COMMAND = fileURLToPath(new URL('../../ops/db-backup.ts', import.meta.url))

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether a backup is being made. */
    isBackingUp: boolean
  }
}

/**
 * Makes a backup beside the database every day, by a process of its own: to verify a copy takes as long as its size asks for,
 * and blocks. One that a stop or a sleep left out is made up for after the next start.
 */
export default fp(
  async (app) => {
    const { config, log } = app
    const { databaseFile: file } = config
    let timer: NodeJS.Timeout | undefined
    let child: ReturnType<typeof start> | undefined
    let isClosed = false

    function start() {
      const args = ['--disable-warning=ExperimentalWarning', COMMAND, backupOf(file)]
      const env = { PATH: process.env.PATH, DATABASE_URL: `file:${file}` } // nothing secret is needed
      return spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    }

    async function backUp(): Promise<void> {
      keepBackups(file, KEPT)
      const begun = performance.now()
      child = start()
      const said: string[] = []
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(String(chunk)))
      if (child.pid) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
      const [code] = await once(child, 'close')
      child = undefined
      if (isClosed) return
      const words = said.join('').trim()
      if (code !== 0) return log.warn({ words }, 'No backup was made')
      keepBackups(file, KEPT)
      log.info({ words, ms: Math.round(performance.now() - begun) }, 'A backup was made')
    }

    const backUpOrTell = async () => {
      app.isBackingUp = true
      await backUp().catch((err) => log.error({ err }, 'No backup could be made'))
      app.isBackingUp = false
      plan(AGAIN_MS)
    }

    /** When the next one is due, and not before `leastMs`. */
    function plan(leastMs = 0): void {
      if (isClosed) return
      const last = lastBackup(file)?.getTime()
      // A service that ends for want of work would never come to its first.
      const firstMs = Math.min(FIRST_MS, (config.idleExitMs ?? Number.POSITIVE_INFINITY) / 2)
      const dueInMs = last === undefined ? firstMs : last + DAY_MS - Date.now()
      timer = setTimeout(backUpOrTell, Math.min(DAY_MS, Math.max(leastMs, dueInMs)))
    }

    app.decorate('isBackingUp', false)
    app.addHook('onListen', () => plan())
    app.addHook('onClose', async () => {
      isClosed = true
      clearTimeout(timer)
      child?.kill('SIGKILL') // what is left of it is removed before the next
      if (child) await once(child, 'close')
    })
  },
  { name: 'backup', dependencies: ['database'] },
)
