import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the processes that tests start keep what V8 made of the sources: it halves the time of a boot. */
export const COMPILE_CACHE = join(tmpdir(), 'remy-compile-cache')

/** One process that ends by itself, since a killed one leaves no cache behind. It refuses to start, without a configuration. */
export default function warm(): void {
  const entry = join(import.meta.dirname, '..', 'src', 'server.ts')
  spawnSync(process.execPath, [entry], { env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: COMPILE_CACHE } })
}
