import { Telegram, TelegramError } from 'telegraf'

/** No answer within this time counts as none; the caller tries again. */
const CALL_TIMEOUT_MS = 20_000

/** Telegram could not be reached, or its answer could not be read. Carries no address, which would hold the bot's token. */
export class TelegramUnreachable extends Error {
  constructor(method: string, what: string) {
    super(`${method}: ${what}`)
    this.name = 'TelegramUnreachable'
  }
}

/**
 * Telegraf's client with its HTTP replaced: native fetch, a deadline for each call, and errors without the bot's token.
 * Retries nothing. Throws TelegramError where Telegram said no, TelegramUnreachable where it said nothing readable.
 */
export class Api extends Telegram {
  readonly #token: string
  readonly #root: string

  constructor(token: string, root: string) {
    super(token, { apiRoot: root, webhookReply: false })
    this.#token = token
    this.#root = root
  }

  override callApi: Telegram['callApi'] = async (method, payload, { signal } = {}) => {
    const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS)
    const answer = await this.#post(method, payload, signal ? AbortSignal.any([signal as AbortSignal, timeout]) : timeout)
    if (answer.ok) return answer.result as never // the result that this method is documented to have
    throw new TelegramError(
      { error_code: answer.error_code, description: answer.description, parameters: answer.parameters },
      { method, payload: {} },
    )
  }

  async #post(method: string, payload: object, signal: AbortSignal): Promise<Answer> {
    let response: Response
    let text: string
    try {
      response = await fetch(`${this.#root}/bot${this.#token}/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(payload),
        signal,
      })
      text = await response.text()
    } catch (error) {
      throw new TelegramUnreachable(method, signal.aborted ? 'no answer in time' : causeOf(error))
    }
    const answer = parseAnswer(text)
    if (answer) return answer
    throw new TelegramUnreachable(method, `an answer that is not the Bot API's, with status ${response.status}`)
  }
}

type Answer =
  | { ok: true; result: unknown }
  | {
      ok: false
      error_code: number
      description: string
      parameters?: { retry_after?: number; migrate_to_chat_id?: number }
    }

function parseAnswer(text: string): Answer | undefined {
  try {
    const answer = JSON.parse(text) as Answer // checked in the next line as far as anybody reads it
    return answer.ok === true || (answer.ok === false && Number.isInteger(answer.error_code)) ? answer : undefined
  } catch {
    return undefined
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined
  return cause && 'code' in cause ? `no connection (${String(cause.code)})` : 'no connection'
}

/**
 * What to do after a failed call.
 * @returns the wait in ms before the next try, or undefined when Telegram's no is final. `attempts` counts from 1.
 */
export function retryDelay(error: unknown, attempts: number): number | undefined {
  const backOff = Math.min(60_000, 1_000 * 2 ** Math.min(attempts - 1, 6))
  if (!(error instanceof TelegramError)) return backOff
  if (error.code === 429) return Math.max(1, error.parameters?.retry_after ?? 1) * 1_000
  // 401 and 404 speak of the token, not of the message: the message waits until somebody mends that.
  return error.code >= 500 || error.code === 401 || error.code === 404 ? backOff : undefined
}

/** The same for what is tried until it works: after a final no, again in a minute, when somebody may have mended the cause. */
export const patientDelay = (error: unknown, attempts: number) => retryDelay(error, attempts) ?? 60_000
