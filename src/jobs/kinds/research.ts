import { readFileSync } from 'node:fs'
import { anyWords, defineKind, linkTo, type Source } from '../kind.ts'

const SEARCHES = 12
const MOST_LISTED = 30
const LONGEST_TITLE = 200

const system = readFileSync(new URL('./research.md', import.meta.url), 'utf8')

/** One long call to Claude, which searches the web as often as it needs to, and the pages that its answer rests on. */
export const research = defineKind({
  type: 'research',
  description: 'Research a question on the web',
  usage: 'Tell me what to find out, for example:\n/research Which night trains go from Lisbon?',
  inputHint: 'searches the web for a question and answers with its sources; the input is the question',
  takesMaterial: true,
  readInput: anyWords,

  async run(context) {
    const known = await context.recentConversation()
    const about = known && `<recent_conversation>\n${known}\n</recent_conversation>\n\n`
    const user = `${about}<question>\n${context.job.inputText}\n</question>\n\nToday is ${context.localTime.long()}.`
    context.stage('searching the web')
    const { text, cited, found } = await context.ask('Search', {
      system,
      user,
      searches: SEARCHES,
      about: context.job.inputText,
    })
    return `${text}\n\n${sourcesOf(cited, found)}`
  },
})

function sourcesOf(cited: Source[], found: Source[]): string {
  if (cited.length > 0) return `**Sources**\n\n${listOf(cited)}`
  if (found.length === 0) return '(No sources were found on the web for this; what stands here rests on none.)'
  const unique = [...new Map(found.map((source) => [source.url, source])).values()]
  return `**Pages that were found, without being quoted**\n\n${listOf(unique.slice(0, MOST_LISTED))}`
}

function listOf(sources: Source[]): string {
  return sources.map(({ title, url }, index) => `${index + 1}. ${linkTo(asText(title) || asText(url), url)}`).join('\n')
}

/** What a page calls itself is no Markdown of ours. */
function asText(title: string): string {
  return title
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_TITLE)
    .toWellFormed()
    .replace(/[\\`*_{}[\]()#+!|<>~-]/g, '\\$&')
}
