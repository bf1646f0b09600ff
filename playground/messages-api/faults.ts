// What can go wrong on the way to an answer, each as the real service or the network shows it.
import { type ErrorType, errorBody, type Refusal } from './refusal.ts'
import type { MessageRequest } from './request.ts'

export type Fault =
  | { kind: 'rate-limit' /** Seconds, 1 unless told. */; retryAfter?: number }
  | { kind: 'overloaded' }
  | { kind: 'server-error'; status?: number }
  | { kind: 'bad-request'; message: string }
  | { kind: 'credit' }
  | { kind: 'forbidden' }
  | { kind: 'not-found' }
  /** 200, but a page of a proxy. */
  | { kind: 'html' }
  /** The socket is reset before an answer. */
  | { kind: 'reset' }
  /** The stream goes silent and stays open; after half of the text unless told. */
  | { kind: 'stall'; after?: 'headers' | 'start' | 'text' }
  /** Nothing but pings until the client goes away; 50 ms apart unless told. */
  | { kind: 'pings-only'; everyMs?: number }
  /** The socket is destroyed after half of the text. */
  | { kind: 'cut' }
  /** The stream ends in order after half of the text, without message_stop. */
  | { kind: 'early-end' }
  /** An SSE error event after half of the text; overloaded_error unless told. */
  | { kind: 'error-event'; type?: ErrorType }
  /** end_turn without content. */
  | { kind: 'empty' }
  /** stop_reason refusal, without content. */
  | { kind: 'refusal' }
  /** Half of the text, then stop_reason max_tokens. */
  | { kind: 'max-tokens' }

const statuses: Record<ErrorType, number> = {
  invalid_request_error: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  overloaded_error: 529,
}

/** The status and body of a fault that is a plain HTTP error; undefined for the others. */
export function refusalOf(fault: Fault, request: MessageRequest): Refusal | undefined {
  switch (fault.kind) {
    case 'rate-limit':
      return {
        ...refusal('rate_limit_error', 'This request would exceed your rate limit. Please try again later.'),
        headers: { 'retry-after': String(fault.retryAfter ?? 1) },
      }
    case 'overloaded':
      return refusal('overloaded_error', 'Overloaded')
    case 'server-error':
      return { ...refusal('api_error', 'Internal server error'), status: fault.status ?? 500 }
    case 'bad-request':
      return refusal('invalid_request_error', fault.message)
    case 'credit':
      return refusal(
        'invalid_request_error',
        'Your credit balance is too low to access the Anthropic API. ' +
          'Please go to Plans & Billing to upgrade or purchase credits.',
      )
    case 'forbidden':
      return refusal('permission_error', 'Your API key does not have permission to use the specified resource.')
    case 'not-found':
      return refusal('not_found_error', `model: ${request.model}`)
    case 'error-event':
      // Without a stream there is no event to send: the same error, as a status.
      return request.stream ? undefined : refusal(fault.type ?? 'overloaded_error', 'Overloaded')
    default:
      return undefined
  }
}

function refusal(type: ErrorType, message: string): Refusal {
  return { status: statuses[type], type, message }
}

/** The body of an SSE error event. */
export function errorEvent(fault: Fault & { kind: 'error-event' }, requestId: string) {
  const type = fault.type ?? 'overloaded_error'
  return errorBody(type, type === 'overloaded_error' ? 'Overloaded' : 'Internal server error', requestId)
}
