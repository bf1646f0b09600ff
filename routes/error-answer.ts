import Type from 'typebox'

const fields = { statusCode: Type.Integer(), error: Type.String(), message: Type.String() }

/** How every refused request is answered. */
export const ErrorAnswer = Type.Object(fields)

const reasons = {
  400: 'What was asked is not of its shape; message says what',
  401: 'Who asks is not known',
  404: 'There is no such thing, or none for who asks',
}

/** The refusals that a route's schema tells of. */
export function refusals<Code extends keyof typeof reasons>(...codes: Code[]) {
  const told = codes.map((code) => [code, Type.Object(fields, { description: reasons[code] })])
  return Object.fromEntries(told) as Record<Code, typeof ErrorAnswer> // by these codes
}
