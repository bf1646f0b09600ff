import type { createFaults, Fault } from './faults.ts'
import { toRefusal } from './faults.ts'
import type { Params } from './params.ts'
import { Refusal } from './refusal.ts'
import type { Call, State } from './state.ts'

/** `content` is a file that is sent as it is, in place of the body as JSON. */
export type Reply = { status: number; body: Record<string, unknown>; content?: Buffer; broken?: Fault['kind'] }

/** `gone` aborts when the client hangs up. */
export type Method = (params: Params, state: State, gone: AbortSignal) => unknown

/** Runs calls: looks for a fault, applies the method, writes the journal, says what to answer. */
export function createCaller(options: {
  state: State
  faults: ReturnType<typeof createFaults>
  groups: Record<string, Method>[]
}) {
  const { state, faults } = options
  const methods = new Map<string, { name: string; run: Method }>()
  for (const group of options.groups) {
    for (const [name, run] of Object.entries<Method>(group)) {
      methods.set(name.toLowerCase(), { name, run: run.bind(group) })
    }
  }
  const never = new AbortController().signal

  // Only a method that waits gives a promise: all others take effect, and are noted, before call() returns.
  function apply(name: string, params: Params, gone: AbortSignal): Reply | Promise<Reply> {
    const method = methods.get(name.toLowerCase())
    try {
      if (!method) throw new Refusal(404, 'Not Found')
      const result = method.run(params, state, gone)
      return result instanceof Promise ? result.then(succeed, refuse) : succeed(result)
    } catch (error) {
      return refuse(error)
    }
  }

  function note(call: Call): void {
    state.calls.push(call)
    state.events.emit('call', call)
  }

  /** Runs what a call does, or what the fault that hits it says. */
  function run(call: Omit<Call, 'outcome' | 'at'>, effect: () => Reply | Promise<Reply>): Reply | Promise<Reply> {
    const at = Date.now()
    const fault = faults.take(call.method, call.payload)
    const end = (reply: Reply): Reply => {
      const outcome = fault && fault.kind !== 'refuse' ? fault.kind : reply.body.ok ? 'ok' : String(reply.body.description)
      note({ ...call, at, outcome })
      return fault && !toRefusal(fault) ? { ...reply, broken: fault.kind } : reply
    }
    const refusal = fault && toRefusal(fault)
    if (refusal) return end(refuse(refusal))
    const takesEffect = !fault || fault.kind === 'lost' || fault.kind === 'truncated'
    const reply = takesEffect ? effect() : { status: 200, body: {} }
    return reply instanceof Promise ? reply.then(end) : end(reply)
  }

  return {
    call(name: string, params: Params, via: Call['via'], gone = never): Reply | Promise<Reply> {
      const method = methods.get(name.toLowerCase())?.name ?? name
      return run({ method, payload: params, via }, () => apply(name, params, gone))
    },
    /** The other thing that clients ask for: the bytes at a path that getFile has given. */
    download(path: string): Reply | Promise<Reply> {
      return run({ method: 'download', payload: { file_path: path }, via: 'request' }, () => {
        const content = state.files.at(path)?.content
        return content ? { status: 200, body: { ok: true }, content } : refuse(new Refusal(404, 'Not Found'))
      })
    },
    /** A call that never reached a method: a wrong token, a body that cannot be read. */
    refuse(name: string, error: unknown): Reply {
      const reply = refuse(error)
      note({ method: name, payload: {}, at: Date.now(), outcome: String(reply.body.description), via: 'request' })
      return reply
    },
  }
}

function succeed(result: unknown): Reply {
  return { status: 200, body: { ok: true, result } }
}

function refuse(error: unknown): Reply {
  if (!(error instanceof Refusal)) throw error
  const { errorCode, message, parameters } = error
  return {
    status: errorCode,
    body: { ok: false, error_code: errorCode, description: message, ...(parameters && { parameters }) },
  }
}
