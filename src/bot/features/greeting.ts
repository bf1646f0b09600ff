import { defineCommand, type Feature, type FeatureParts } from '../feature.ts'

/** /start and /help: what Remy is, and what it can be asked for. */
export function createGreeting({ kinds }: FeatureParts): Feature[] {
  const jobs = kinds.map(({ type, description }) => `/${type} – ${description}`).join('\n')
  const help = `Just write to me and I answer. You can send photos, PDFs and text files too, also with a command as their caption.

For slow questions I work in the background and message you when it's done, even if I am restarted in between:
${jobs}

/jobs – your most recent background jobs
/job 42 – the whole result of job #42 again
/new – begin a new conversation
/stop – end the answer I am writing
/forget – remove everything I know about you

You can also say it in your own words: "Have the board look at my plan", "Is my board done yet?", "What did it say?"`

  return [
    defineCommand('start', undefined, (ctx) => ctx.answer(`Hello, I am Remy, your personal assistant.\n\n${help}`)),
    defineCommand('help', 'What I can do', (ctx) => ctx.answer(help)),
  ]
}
