import type { FastifyBaseLogger } from 'fastify'

/** What a look found; unknown leaves things as they were. `since` is when it went wrong, where that is known better than by looks. */
export type Finding = { is: 'right' } | { is: 'unknown' } | { is: 'wrong'; since?: Date; detail?: string }

/** Something that may be wrong, looked at now and then. */
export interface Check {
  name: string
  /** What has been wrong, to go on with "since 14:32". */
  trouble: string
  /** What is right again, as a sentence without a full stop. */
  again: string
  look: (now: Date) => Promise<Finding>
}

/** Tells the owner, and remembers whether this trouble is told beyond the end of this process. */
export interface Alarm {
  tell: (name: string, text: string, isTrouble: boolean) => Promise<void>
  wasTold: (name: string) => Promise<boolean>
}

interface Parts {
  checks: readonly Check[]
  alarm: Alarm
  /** How long something has to stay wrong before it is told. */
  patienceMs: number
  /** How long it then has to be right before that is told: what comes and goes is one trouble. */
  calmMs: number
  /** A moment, in ms since 1970, as the owner reads it: a message may arrive long after it was written. */
  inWords: (at: number) => string
  now?: () => number
  log: Pick<FastifyBaseLogger, 'warn' | 'error' | 'info'>
}

interface State {
  wrongSince: number | undefined
  rightSince: number | undefined
  detail: string | undefined
  /** Undefined until the memory was read. */
  told: boolean | undefined
}

/** Tells of what stays wrong: once a trouble, and again only after it stayed right in between, which is told too. */
export function createWatch({ checks, alarm, patienceMs, calmMs, inWords, now = Date.now, log }: Parts) {
  const unseen: State = { wrongSince: undefined, rightSince: undefined, detail: undefined, told: undefined }
  const states = new Map(checks.map(({ name }) => [name, { ...unseen }]))
  let current: Promise<void> | undefined

  async function lookAt(check: Check, state: State): Promise<void> {
    const finding = await check.look(new Date(now()))
    if (finding.is === 'unknown') return
    const remembered = state.told ?? (await alarm.wasTold(check.name).catch(() => undefined)) // not while it cannot be read
    state.told = remembered
    const told = remembered ?? false
    if (finding.is === 'right') {
      state.wrongSince = undefined
      state.detail = undefined
      state.rightSince ??= now()
      if (!told || now() - state.rightSince < calmMs) return
      await alarm.tell(check.name, `✅ ${check.again}.`, false)
      state.told = false
      return log.info({ check: check.name }, 'What was wrong is right again')
    }
    state.rightSince = undefined
    state.wrongSince = finding.since?.getTime() ?? state.wrongSince ?? now()
    state.detail = finding.detail
    if (told || now() - state.wrongSince < patienceMs) return
    log.warn({ check: check.name, detail: finding.detail }, 'Something stays wrong')
    await alarm.tell(check.name, `⚠️ ${sentenceOf(check, state.wrongSince, state)}.`, true)
    state.told = true
  }

  async function lookAtAll(): Promise<void> {
    for (const check of checks) {
      const state = states.get(check.name)
      if (state)
        await lookAt(check, state).catch((err) => log.error({ err, check: check.name }, 'A check could not be made or told'))
    }
  }

  function sentenceOf({ trouble }: Check, since: number, { detail }: State): string {
    return `${trouble} since ${inWords(since)}${detail ? ` (${detail})` : ''}`
  }

  return {
    /** Looks once at everything, unless that is being done. */
    look(): Promise<void> {
      current ??= lookAtAll().finally(() => {
        current = undefined
      })
      return current
    },

    /** What is wrong now and was told, or is about to be, as sentences without a full stop. */
    troubles(): string[] {
      return checks.flatMap((check) => {
        const state = states.get(check.name)
        if (state?.wrongSince === undefined) return []
        const isLong = state.told || now() - state.wrongSince >= patienceMs
        return isLong ? [sentenceOf(check, state.wrongSince, state)] : []
      })
    },

    /** Resolves when nothing is being looked at. */
    async settled(): Promise<void> {
      await current
    },
  }
}

export type Watch = ReturnType<typeof createWatch>
