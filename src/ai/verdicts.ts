/** An error answer of the Messages API, as far as it is looked at. */
interface ErrorAnswer {
  status: number | undefined
  message: string
  type: string | undefined
}

/** A sentence for the person, without its full stop, and whether another try may do better. */
interface Verdict {
  sentence: string
  again: boolean
}

/** The API has no type of its own for it: a request with the tool is refused in words. */
export function isSearchDisabled({ status, message }: Pick<ErrorAnswer, 'status' | 'message'>): boolean {
  return (
    (status === 400 || status === 403) &&
    /web.?search/i.test(message) &&
    /not (enabled|available|allowed|permitted)|disabled/i.test(message)
  )
}

/** What an error answer of the API means for who waits. `type` is the API's own name for it; without a status it came in the stream. */
export function verdictOn({ status, message, type }: ErrorAnswer, model: string): Verdict {
  if (status === 429 || type === 'rate_limit_error') return { sentence: "Claude's rate limit was reached", again: true }
  if (status === 529 || type === 'overloaded_error') return { sentence: 'Claude was overloaded', again: true }
  if (status === 401 || status === 403) return { sentence: 'Claude refused the API key', again: false }
  if (status === 404) return { sentence: `Claude does not know the model ${model}`, again: false }
  if (status === 402 || /credit balance/i.test(message)) {
    return { sentence: 'the credit for Claude is used up', again: false }
  }
  if (status === 413 || /prompt is too long/i.test(message)) {
    return { sentence: 'the request was too long for Claude', again: false }
  }
  if (status === 400 && /could not process|image|pdf|document/i.test(message)) {
    return { sentence: 'Claude could not read the file', again: false }
  }
  // Without a status it is an error event in the stream: the API had begun to answer, so the request itself was fine.
  if (status === undefined) return { sentence: "Claude's answer broke off", again: type !== 'invalid_request_error' }
  if (status >= 500) return { sentence: 'Claude had a fault', again: true }
  return { sentence: 'Claude did not accept the request', again: false }
}
