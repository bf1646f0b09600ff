import type { FastifyBaseLogger } from 'fastify'

/** What a look found; unknown leaves things as they were. `since` is when it went wrong, where that is known better than by looks. */
export type Finding = { is: 'right' } | { is: 'unknown' } | { is: 'wrong'; since?: Date; detail?: string }

/** Something that may be wrong, looked at now and then. */
export interface Check {
  name: string
  /** What is wrong, and what is right again, as sentences without a full stop. */
  trouble: string
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
  now?: () => number
  log: Pick<FastifyBaseLogger, 'warn' | 'error' | 'info'>
}

interface State {
  wrongSince: number | undefined
  detail: string | undefined
  /** Undefined until the memory was read. */
  told: boolean | undefined
}

/** Tells of what stays wrong: once a trouble, and again only after it was right in between, which is told too. */
export function createWatch({ checks, alarm, patienceMs, now = Date.now, log }: Parts) {
  const states = new Map(
    checks.map(({ name }): [string, State] => [name, { wrongSince: undefined, detail: undefined, told: undefined }]),
  )
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
      if (!told) return
      await alarm.tell(check.name, `✅ ${check.again}.`, false)
      state.told = false
      return log.info({ check: check.name }, 'What was wrong is right again')
    }
    state.wrongSince = finding.since?.getTime() ?? state.wrongSince ?? now()
    state.detail = finding.detail
    if (told || now() - state.wrongSince < patienceMs) return
    log.warn({ check: check.name, detail: finding.detail }, 'Something stays wrong')
    await alarm.tell(check.name, `⚠️ ${sentenceOf(check, state)}.`, true)
    state.told = true
  }

  async function lookAtAll(): Promise<void> {
    for (const check of checks) {
      const state = states.get(check.name)
      if (state)
        await lookAt(check, state).catch((err) => log.error({ err, check: check.name }, 'A check could not be made or told'))
    }
  }

  return {
    /** Looks once at everything, unless that is being done. */
    look(): Promise<void> {
      current ??= lookAtAll().finally(() => {
        current = undefined
      })
      return current
    },

    /** What is wrong now and has been for as long as it takes to be told, as sentences. */
    troubles(): string[] {
      return checks.flatMap((check) => {
        const state = states.get(check.name)
        return state?.wrongSince !== undefined && now() - state.wrongSince >= patienceMs ? [sentenceOf(check, state)] : []
      })
    },

    /** Resolves when nothing is being looked at. */
    async settled(): Promise<void> {
      await current
    },
  }
}

export type Watch = ReturnType<typeof createWatch>

function sentenceOf({ trouble }: Check, { detail }: State): string {
  return detail ? `${trouble}: ${detail}` : trouble
}
