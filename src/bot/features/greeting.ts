import { defineCommand, type Feature, type FeatureParts } from '../feature.ts'

/** /start and /help: what Remy is, and what it can be asked for. */
export function createGreeting({ kinds }: FeatureParts): Feature[] {
  const jobs = kinds.map(({ type, description }) => `/${type} – ${description}`).join('\n')
  const help = `Just write to me and I answer. You can send photos, PDFs and text files too, also with a command as their caption.

For slow questions I work in the background and message you when it's done, even if I am restarted in between:
${jobs}

/jobs – your background jobs; /jobs lisbon finds those about Lisbon
/job 42 – the whole result of job #42 again
/cancel 42 – stop job #42
/usage – what I used for you, and what it cost
/new – begin a new conversation
/stop – end the answer I am writing
/forget – remove everything I know about you

You can also say it in your own words: "Have the board look at my plan", "Is my board done yet?", "What did it say?" Reply to a result to talk about it.`

  return [
    defineCommand('start', undefined, (ctx) => ctx.answer(`Hello, I am Remy, your personal assistant.\n\n${help}`)),
    defineCommand('help', 'What I can do', (ctx) => ctx.answer(help)),
  ]
}
