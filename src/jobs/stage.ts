import { createWakeLoop } from '../wake-loop.ts'

/** What a stage says while a call to Claude waits to be tried again. */
const BUSY = 'Claude is busy, trying again'
/** How much of what is searched for is told, in UTF-16 units. */
const QUERY = 60

/** Hears of what becomes of one question while it is answered. */
export interface Hear {
  /** It waits to be asked again, or is answered now. */
  onBusy(isBusy: boolean): void
  /** The web is searched for it. */
  onSearch(query: string): void
}

/**
 * The stage of one running job, as the registry has it. Changes that come faster than the disk takes them are merged, the
 * last one wins; one that cannot be written is left out, since nothing depends on it.
 */
export function createStage(write: (stage: string | null) => Promise<void>, onError: (error: unknown) => void) {
  const waiting = new Set<Hear>()
  let wanted: string | null = null
  let written: string | null = null
  const loop = createWakeLoop(async () => {
    const stage = waiting.size > 0 ? BUSY : wanted
    if (stage === written) return
    written = stage
    await write(stage).catch(onError)
  }, onError)

  function set(stage: string): void {
    wanted = stage
    loop.wake()
  }

  return {
    set,
    /** For one question. */
    hear(): Hear {
      let searches = 0
      const hear: Hear = {
        onBusy(isBusy) {
          if (isBusy) waiting.add(hear)
          else waiting.delete(hear)
          loop.wake()
        },
        onSearch(query) {
          searches += 1
          const shown = query.length > QUERY ? `${query.slice(0, QUERY - 1).toWellFormed()}…` : query
          set(`search ${searches}: ${shown.replace(/\s+/g, ' ')}`)
        },
      }
      return hear
    },
    /** Writes no more, and resolves when nothing is being written. */
    stop: loop.stop,
  }
}

export type Stage = ReturnType<typeof createStage>
