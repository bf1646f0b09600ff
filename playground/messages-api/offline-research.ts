// Research without a web: a search whose three pages are made up, and a text that cites them and says so.
import { quoted, topicIn } from './offline-topic.ts'
import { has } from './offline-turn.ts'
import type { Reply } from './reply.ts'
import { type Block, blocksOf, type MessageRequest } from './request.ts'
import { cited, type Page, searchCall, searchResult } from './searches.ts'

const madeUp = '(The offline model made these pages up; nothing was looked up.)'

export function researchReply(request: MessageRequest): Reply {
  const topic = topicIn(request)
  if (!has(request, 'web_search')) return { text: unsearched(topic) }
  const pages = pagesOn(topic)
  const call = searchCall({ query: queryOf(topic) })
  const paused = pausedSearch(request)
  const search = paused === undefined ? [call, searchResult(String(call.id), pages)] : [searchResult(paused, pages)]
  return { blocks: [...search, ...findings(topic, pages)] }
}

/** The chat's answer to a plain wish for a search. */
export function searchedAnswer(topic: string): Reply {
  const pages = pagesOn(topic)
  const call = searchCall({ query: queryOf(topic) })
  const [overview] = pages
  const sources = overview ? [{ title: overview.title, url: overview.url, cited_text: overview.text }] : []
  return {
    blocks: [
      call,
      searchResult(String(call.id), pages),
      text(`I searched the web for ${quoted(topic)}. What it says: `),
      cited('most agree on the direction, and not on the size', sources),
      text(`. ${madeUp}`),
    ],
  }
}

// The answer to a paused turn that was sent back begins with the result that it waits for.
function pausedSearch({ messages }: MessageRequest): string | undefined {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return undefined
  const blocks = blocksOf(last.content)
  const open = blocks.findLast(
    ({ type, id }) => type === 'server_tool_use' && !blocks.some((block) => block.tool_use_id === id),
  )
  return open?.id
}

function pagesOn(topic: string): (Page & { text: string })[] {
  const name = quoted(topic)
  return [
    {
      title: `${name}: an overview (made up)`,
      url: 'https://guide.example.org/overview',
      page_age: '2 weeks ago',
      text: 'Most accounts agree on the direction and differ on the size, and few of them say how they counted.',
    },
    {
      title: `Five years of ${name} in practice (made up)`,
      url: 'https://practice.example.org/five-years',
      page_age: 'March 3, 2026',
      text: 'Those who began small and measured from the first day report fewer regrets than those who began large.',
    },
    {
      title: `What the critics of ${name} get right (made up)`,
      url: 'https://critics.example.org/what-they-get-right',
      text: 'The upkeep is counted last and weighs most: in hours, rather than in money.',
    },
  ]
}

function findings(topic: string, [overview, practice, critics]: (Page & { text: string })[]): Block[] {
  const on = (words: string, ...pages: ((Page & { text: string }) | undefined)[]) => {
    const sources = pages.flatMap((page) => (page ? [{ title: page.title, url: page.url, cited_text: page.text }] : []))
    return cited(words, sources)
  }
  return [
    text(`**In short:** on ${quoted(topic)}, `),
    on('the direction is agreed on and the size is not', overview),
    text(', and '),
    on('a small beginning that is measured does better than a large one', practice, critics),
    text(`. ${madeUp}\n\n---\n\n## What is known\n\n- `),
    on('Most accounts agree on the direction and differ on the size.', overview),
    text('\n- '),
    on('Those who began small report fewer regrets.', practice),
    text('\n\n## What is disputed\n\n1. '),
    on('The upkeep weighs more than it seems at first, in hours rather than in money.', critics),
    text(
      '\n2. How any of it was counted; **no page says so**.\n\n## What to look at next\n\n> One figure of your own is worth three of other people.',
    ),
  ]
}

function text(words: string): Block {
  return { type: 'text', text: words, citations: null }
}

function queryOf(topic: string): string {
  return topic.replace(/\s+/g, ' ').slice(0, 120).toWellFormed()
}

function unsearched(topic: string): string {
  return (
    `**In short:** on ${quoted(topic)} nothing could be looked up, since there was no web search.\n\n---\n\n` +
    '## What would help\n\n- two people who have done it\n- one figure of your own\n\n(A template by the offline model.)'
  )
}
