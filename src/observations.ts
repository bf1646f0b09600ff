import { EventEmitter } from 'node:events'
import type { Change } from '../db/changes.ts'
import type { Used } from './ai/prices.ts'

/** What can be counted, by those who do it to those who count. Times are in ms; nothing here names a person or a job. */
export interface Observed {
  /** A commit that wrote something is on disk. */
  committed: [durationMs: number]
  /** What a commit changed. */
  changed: [change: Change]
  /** Telegram answered a call, or did not: then the status says why. */
  telegramAnswered: [call: { method: string; status: string }]
  /** The same of Claude, for each try; `aborted` is what somebody here ended. */
  claudeAnswered: [call: ClaudeCall]
  /** What a call to Claude used. `kind` is the kind of job, or chat. */
  claudeUsed: [call: { model: string; kind: string; used: Used }]
  /** A boot has settled what the last process left. */
  reconciled: [durationMs: number]
}

export interface ClaudeCall {
  model: string
  status: string
  durationMs: number
}

/**
 * Brings what happens to those who count it. That nobody does costs next to nothing, and one who throws harms nobody else.
 * With `held`, what is told is kept until it is released: for who counts from the beginning and comes later.
 */
export function createObservations(onError: (error: unknown) => void, { held = false } = {}) {
  const emitter = new EventEmitter<Observed>()
  let kept: (() => void)[] | undefined = held ? [] : undefined

  function bring(work: () => void): void {
    try {
      work()
    } catch (error) {
      onError(error)
    }
  }

  return {
    tell<Name extends keyof Observed>(name: Name, ...what: Observed[Name]): void {
      if (!kept && emitter.listenerCount(name) === 0) return
      const work = () => void emitter.emit(name, ...(what as never))
      if (kept) kept.push(work)
      else bring(work)
    },
    release(): void {
      const early = kept ?? []
      kept = undefined
      for (const work of early) bring(work)
    },
    on<Name extends keyof Observed>(name: Name, listener: (...what: Observed[Name]) => void): void {
      emitter.on(name, listener as never)
    },
  }
}

export type Observations = ReturnType<typeof createObservations>
