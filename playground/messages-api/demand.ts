// What the checks are written in.

export type Json = Record<string, unknown>

/** Thrown by `demand`, caught by `checkRequest`; no other code sees it. */
export class Invalid extends Error {}

/** Throws Invalid with the API's words unless `holds`. */
export function demand(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Invalid(message)
}

/** True for a JSON object; null and arrays are none. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Refuses the first field of `value` that is not in `known`. */
export function demandKnown(value: Json, known: Set<string>, path = ''): void {
  const extra = Object.keys(value).find((field) => !known.has(field))
  demand(extra === undefined, `${path}${extra}: Extra inputs are not permitted`)
}
