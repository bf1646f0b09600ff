import { type Feature, NO_FUNCTION } from '../feature.ts'

/** What nothing else took: a command that does not exist, a button that has no meaning any more. */
export function createUnhandled(): Feature[] {
  return [
    { on: 'message', handle: (ctx) => ctx.answer("I don't know that command. /help shows what I can do.") },
    { on: 'callback_query', handle: (ctx) => ctx.answerButton(NO_FUNCTION) },
  ]
}
