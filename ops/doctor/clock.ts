import { doubtful, type Finding, failed, good, PATIENCE_MS } from './finding.ts'

const DOUBTFUL_SECONDS = 5
const WRONG_SECONDS = 60

/** Compares this machine's clock with the Date headers of these servers. The one that agrees best counts: theirs may be wrong too. */
export async function checkClock(addresses: readonly string[]): Promise<Finding> {
  const differences = (await Promise.all(addresses.map(secondsBehind))).filter((seconds) => seconds !== undefined)
  const [best] = differences.sort((a, b) => Math.abs(a) - Math.abs(b))
  return best === undefined ? doubtful('not checked, since nobody told the time') : judgeClock(best)
}

/** `seconds` is how much the others' time is later than this machine's. */
export function judgeClock(seconds: number): Finding {
  const off = Math.abs(seconds)
  const text = `${Math.round(off)} seconds ${seconds > 0 ? 'behind' : 'ahead'}`
  const remedy = 'Let the system keep the time: timedatectl set-ntp true'
  if (off > WRONG_SECONDS) return failed(text, remedy)
  return off > DOUBTFUL_SECONDS ? doubtful(text, remedy) : good('right')
}

async function secondsBehind(address: string): Promise<number | undefined> {
  try {
    const sent = Date.now()
    const response = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) })
    const middle = (sent + Date.now()) / 2
    await response.body?.cancel()
    const told = Date.parse(response.headers.get('date') ?? '')
    // The header has whole seconds, cut off.
    return Number.isNaN(told) ? undefined : (told + 500 - middle) / 1_000
  } catch {
    return undefined
  }
}
