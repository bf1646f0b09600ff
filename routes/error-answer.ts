import Type from 'typebox'

/** How every refused request is answered. */
export const ErrorAnswer = Type.Object({ statusCode: Type.Integer(), error: Type.String(), message: Type.String() })
