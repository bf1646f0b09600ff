// How the API says no: one error body, whatever the reason.

export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'api_error'
  | 'overloaded_error'

export type Refusal = { status: number; type: ErrorType; message: string; headers?: Record<string, string> }

/** A 400 in the API's form. */
export function invalid(message: string): Refusal {
  return { status: 400, type: 'invalid_request_error', message }
}

/** The error body as the API writes it, in an answer and in an SSE `error` event alike. */
export function errorBody(type: ErrorType, message: string, requestId: string) {
  return { type: 'error', error: { type, message }, request_id: requestId }
}
