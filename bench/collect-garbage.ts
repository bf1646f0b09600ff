// Loaded into a measured process beside `--expose-gc`, and only there: says what the process holds once its garbage is gone.
import { setTimeout as sleep } from 'node:timers/promises'

const COLLECTIONS = 5
const APART_MS = 200

process.on('message', async () => {
  for (let times = 0; times < COLLECTIONS; times++) {
    globalThis.gc?.()
    await sleep(APART_MS)
  }
  process.send?.(process.memoryUsage.rss())
})
process.channel?.unref() // it keeps no process alive
