// npm run warm-up: starts what was built once, on a database that is thrown away, so that the code cache beside it is there
// for every later start. The cache is of this Node, these flags and this user: the image does it as the user that it runs as.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

/** The flags that the image gives to Node: what V8 has compiled with others is of no use. */
export const FLAGS = ['--max-semi-space-size=4']

const SECRET = 'warm-up'
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9'

/** @throws where the service does not come up. */
export async function warmUp(entry: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'remy-warm-up-'))
  const env = {
    TELEGRAM_BOT_TOKEN: '7000000001:of-a-bot-that-is-nowhere-000000000000',
    TELEGRAM_WEBHOOK_SECRET: SECRET,
    TELEGRAM_ALLOWED_USER_IDS: '1',
    TELEGRAM_API_ROOT: NOWHERE,
    ANTHROPIC_API_KEY: 'of-nobody',
    ANTHROPIC_BASE_URL: NOWHERE,
    DATABASE_URL: `file:${join(folder, 'remy.db')}`,
    PORT: '0',
  }
  const child = spawn(process.execPath, [...FLAGS, entry], { env, cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  let url: string | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    url = /Server listening at (http:\/\/[^"\s]+)/.exec(line)?.[1]
    if (url) break
  }
  child.stdout.resume()
  if (url) {
    const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET, connection: 'close' }
    await fetch(`${url}/telegram/webhook`, { method: 'POST', headers, body: JSON.stringify({ update_id: 1 }) })
    child.kill('SIGTERM')
  }
  const [code] = await ended
  rmSync(folder, { recursive: true, force: true })
  if (!url || code !== 0) throw new Error(`${entry} did not come up and end by itself: ${code}`)
}

if (import.meta.main) await warmUp(resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'dist', 'server.cjs')))
