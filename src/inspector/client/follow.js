import { answerOf, Refused } from './ask.js'

const BREAK_MS = 2_000

/**
 * Calls `onEvent` for each event of a job until it has ended, and takes the stream up again where it broke off. By fetch,
 * since the browser's own EventSource sends no bearer.
 */
export async function follow(id, { signal, onEvent }) {
  let last
  while (!signal.aborted) {
    try {
      const answer = await answerOf(`/${id}/events`, { headers: last ? { 'last-event-id': last } : {}, signal })
      if (answer.status === 204) return
      for await (const block of blocksOf(answer.body)) {
        last = /^id: (\d+)$/m.exec(block)?.[1] ?? last
        if (/^event: /m.test(block)) onEvent()
      }
    } catch (error) {
      if (signal.aborted || error instanceof Refused) return
    }
    await new Promise((resolve) => setTimeout(resolve, BREAK_MS))
  }
}

async function* blocksOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const blocks = (text + value).split('\n\n')
    text = blocks.pop()
    yield* blocks
  }
}
