import { Telegram, TelegramError } from 'telegraf'
import { Failure } from '../failure.ts'

/** No answer within this time counts as none; the caller tries again. A download gets a minute. */
const CALL_TIMEOUT_MS = 20_000
const DOWNLOAD_TIMEOUT_MS = 60_000

/** Telegram could not be reached, or its answer could not be read. Carries no address, which would hold the bot's token. */
export class TelegramUnreachable extends Error {
  constructor(method: string, what: string) {
    super(`${method}: ${what}`)
    this.name = 'TelegramUnreachable'
  }
}

/** Hears of each call what its HTTP status was, or in a word why there is none. */
type OnAnswer = (call: { method: string; status: string }) => void

/**
 * Telegraf's client with its HTTP replaced: native fetch, a deadline for each call, and errors without the bot's token.
 * Retries nothing. Throws TelegramError where Telegram said no, TelegramUnreachable where it said nothing readable.
 */
export class Api extends Telegram {
  readonly #token: string
  readonly #root: string
  readonly #onAnswer: OnAnswer

  constructor(token: string, root: string, onAnswer: OnAnswer = () => {}) {
    super(token, { apiRoot: root, webhookReply: false })
    this.#token = token
    this.#root = root
    this.#onAnswer = onAnswer
  }

  override callApi: Telegram['callApi'] = async (method, payload, { signal } = {}) => {
    const path = `bot${this.#token}/${method}`
    const { bytes, status } = await this.#request(method, path, signal as AbortSignal | undefined, payload)
    const answer = parseAnswer(bytes.toString())
    if (!answer) throw new TelegramUnreachable(method, `an answer that is not the Bot API's, with status ${status}`)
    if (answer.ok) return answer.result as never // the result that this method is documented to have
    const { error_code, description, parameters } = answer
    throw new TelegramError({ error_code, description, parameters }, { method, payload: {} })
  }

  /** The content of a file at the path that getFile gave. @throws {Failure} when it is larger than `most` bytes. */
  async download(path: string, most: number, signal: AbortSignal): Promise<Buffer> {
    const { bytes, status } = await this.#request('download', `file/bot${this.#token}/${path}`, signal, undefined, most)
    if (status !== 200) throw new TelegramUnreachable('download', `status ${status}`)
    return bytes
  }

  async #request(what: string, path: string, signal?: AbortSignal, payload?: object, most = Infinity) {
    const deadline = AbortSignal.timeout(payload ? CALL_TIMEOUT_MS : DOWNLOAD_TIMEOUT_MS)
    const both = signal ? AbortSignal.any([signal, deadline]) : deadline
    try {
      const response = await fetch(`${this.#root}/${path}`, { ...toBody(payload), signal: both })
      const chunks: Uint8Array[] = []
      let length = 0
      for await (const chunk of response.body ?? []) {
        length += chunk.length
        if (length > most) throw new Failure('the file is larger than Telegram said')
        chunks.push(chunk)
      }
      if (!payload && length < Number(response.headers.get('content-length'))) throw new Error('cut short')
      this.#onAnswer({ method: what, status: String(response.status) })
      return { bytes: Buffer.concat(chunks), status: response.status }
    } catch (error) {
      if (!signal?.aborted) this.#onAnswer({ method: what, status: error instanceof Failure ? 'too large' : 'unreachable' })
      if (error instanceof Failure) throw error
      throw new TelegramUnreachable(what, both.aborted ? 'no answer in time' : causeOf(error))
    }
  }
}

/** JSON; a form where a file goes along. */
function toBody(payload: object | undefined): RequestInit {
  if (!payload) return {}
  const fields = Object.entries(payload)
  if (!fields.some(([, value]) => value instanceof Blob)) {
    return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(payload) }
  }
  const form = new FormData()
  for (const [name, value] of fields) {
    if (value !== undefined)
      form.append(name, value instanceof Blob || typeof value === 'string' ? value : JSON.stringify(value))
  }
  return { method: 'POST', body: form }
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
  if (error.code === 429) return Math.max(1, Number(error.parameters?.retry_after) || 1) * 1_000
  // Of the message itself speak a 400, a 403 (the person wants none) and a 413; all else may be another answer next time.
  return [400, 403, 413].includes(error.code) ? undefined : backOff
}

/** The same for what is tried until it works: after a final no, again in a minute, when somebody may have mended the cause. */
export const patientDelay = (error: unknown, attempts: number) => retryDelay(error, attempts) ?? 60_000
