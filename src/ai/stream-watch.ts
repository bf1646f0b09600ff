import { Failure } from '../failure.ts'
import { spanInWords } from '../local-time.ts'

/** The stream ended without its end: worth another try. */
export class StreamCut extends Error {}

/** How often a watched stream is looked at. */
const LOOK_EVERY_MS = 250

/**
 * Watches one streamed call: no byte for `stallMs` is a cut (and worth another try), bytes without content for
 * `silenceMs` an end. Bytes are seen below the SDK, which swallows the pings that show a stream to be alive.
 * Aborts `signal` with the reason as the error to throw.
 */
export function watchStream({ stallMs, silenceMs }: { stallMs: number; silenceMs: number }) {
  const verdict = new AbortController()
  let lastByte = performance.now()
  let lastContent = lastByte

  const timer = setInterval(() => {
    const now = performance.now()
    if (now - lastByte > stallMs) verdict.abort(new StreamCut(`no byte for ${spanInWords(stallMs)}`))
    else if (now - lastContent > silenceMs) verdict.abort(new Failure(`Claude was silent for ${spanInWords(silenceMs)}`))
  }, LOOK_EVERY_MS)

  return {
    signal: verdict.signal,
    /** A piece of the answer came. */
    content(): void {
      lastContent = performance.now()
    },
    /** To be given to the SDK: the platform's fetch, with every byte of the answer noticed. */
    async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
      const response = await fetch(input, init)
      lastByte = performance.now()
      const body = response.body?.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            lastByte = performance.now()
            controller.enqueue(chunk)
          },
        }),
      )
      return new Response(body, response)
    },
    close(): void {
      clearInterval(timer)
    },
  }
}
