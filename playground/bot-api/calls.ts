import type { createFaults, Fault } from './faults.ts'
import { toRefusal } from './faults.ts'
import { messageMethods } from './message-methods.ts'
import type { Params } from './params.ts'
import { Refusal } from './refusal.ts'
import type { createSetupMethods } from './setup-methods.ts'
import type { Call, State } from './state.ts'

export type Reply = { status: number; body: Record<string, unknown>; broken?: Fault['kind'] }

type Method = (params: Params, state: State) => unknown

/** Runs calls: looks for a fault, applies the method, writes the journal, says what to answer. */
export function createCaller(options: {
  state: State
  faults: ReturnType<typeof createFaults>
  setupMethods: ReturnType<typeof createSetupMethods>
}) {
  const { state, faults, setupMethods } = options
  const methods = new Map<string, { name: string; run: Method }>()
  for (const group of [setupMethods, messageMethods]) {
    for (const [name, run] of Object.entries<Method>(group)) {
      methods.set(name.toLowerCase(), { name, run: run.bind(group) })
    }
  }

  function apply(name: string, params: Params): Reply {
    const method = methods.get(name.toLowerCase())
    try {
      if (!method) throw new Refusal(404, 'Not Found')
      return { status: 200, body: { ok: true, result: method.run(params, state) } }
    } catch (error) {
      return refuse(error)
    }
  }

  function applyWithFault(name: string, params: Params, fault: Fault): Reply {
    const refusal = toRefusal(fault)
    if (refusal) return refuse(refusal)
    const afterwards = fault.kind === 'lost' || fault.kind === 'truncated'
    const reply = afterwards ? apply(name, params) : { status: 200, body: {} }
    return { ...reply, broken: fault.kind }
  }

  function note(call: Call): void {
    state.calls.push(call)
    state.events.emit('call', call)
  }

  return {
    call(name: string, params: Params, via: Call['via']): Reply {
      const method = methods.get(name.toLowerCase())?.name ?? name
      const fault = faults.take(method, params)
      const reply = fault ? applyWithFault(name, params, fault) : apply(name, params)
      const outcome = fault && fault.kind !== 'refuse' ? fault.kind : reply.body.ok ? 'ok' : String(reply.body.description)
      note({ method, payload: params, at: Date.now(), outcome, via })
      return reply
    },
    /** A call that never reached a method: a wrong token, a body that cannot be read. */
    refuse(name: string, error: unknown): Reply {
      const reply = refuse(error)
      note({ method: name, payload: {}, at: Date.now(), outcome: String(reply.body.description), via: 'request' })
      return reply
    },
  }
}

function refuse(error: unknown): Reply {
  if (!(error instanceof Refusal)) throw error
  const { errorCode, message, parameters } = error
  return {
    status: errorCode,
    body: { ok: false, error_code: errorCode, description: message, ...(parameters && { parameters }) },
  }
}
