/** An answer `ok: false` in Telegram's own words and code. */
export class Refusal extends Error {
  readonly errorCode: number
  readonly parameters: Record<string, unknown> | undefined

  constructor(errorCode: number, description: string, parameters?: Record<string, unknown>) {
    super(description)
    this.name = 'Refusal'
    this.errorCode = errorCode
    this.parameters = parameters
  }
}

/** A 400, worded as Telegram words them: `Bad Request: …`. */
export function badRequest(reason: string): Refusal {
  return new Refusal(400, `Bad Request: ${reason}`)
}
