import { STATUS_CODES } from 'node:http'
import Type, { type Static } from 'typebox'

const fields = { statusCode: Type.Integer(), error: Type.String(), message: Type.String() }

/** How every refused request is answered. */
export const ErrorAnswer = Type.Object(fields)

const reasons = {
  400: 'What was asked is not of its shape; message says what',
  401: 'Who asks is not known',
  404: 'There is no such thing, or none for who asks',
  413: 'It is too long',
  415: 'It is not JSON',
  503: 'The database takes no writes now; Retry-After says when to come again',
}
type Code = keyof typeof reasons

/** The refusals that a route's schema tells of. */
export function refusals<Told extends Code>(...codes: Told[]) {
  const told = codes.map((code) => [code, Type.Object(fields, { description: reasons[code] })])
  return Object.fromEntries(told) as Record<Told, typeof ErrorAnswer> // by these codes
}

/** The body of a refusal. */
export function refusalOf(statusCode: Code, message: string): Static<typeof ErrorAnswer> {
  return { statusCode, error: STATUS_CODES[statusCode] ?? '', message }
}
