/**
 * A failure that was expected and has a sentence for the person: `message` goes to the chat and into `result_text`,
 * `cause` into the log. Anything else that is thrown is a fault of ours, and the person is told just that.
 */
export class Failure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'Failure'
  }
}

/** A failure that will be the same the next time. */
export class LastingFailure extends Failure {}

/** The sentence for the person, whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Failure ? error.message : 'something went wrong inside Remy'
}
