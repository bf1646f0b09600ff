import { type JobSearch, searchWords } from '../../db/job-search.ts'
import type { Status } from '../jobs/lifecycle.ts'

/** Which jobs a list shows, by the letter that stands for it in a button. */
export const filters = {
  a: { label: 'All', statuses: undefined },
  r: { label: 'Running', statuses: ['queued', 'running'] },
  d: { label: 'Done', statuses: ['done'] },
  f: { label: 'Failed', statuses: ['failed'] },
} as const satisfies Record<string, { label: string; statuses: readonly Status[] | undefined }>

export type Filter = keyof typeof filters

/** A list of jobs as a person looks at it. All of it has room in a button, which holds 64 bytes. */
export interface View {
  filter: Filter
  words: readonly string[]
  /** Which page: what is older or newer than this job; the newest jobs if not said. */
  from?: { than: 'older' | 'newer'; jobId: number } | undefined
}

/** How many bytes of words a button has room for beside the rest. */
const WORDS_BYTES = 36

/** What `/jobs` was asked for: a state, words to look for, or both. */
export function viewOf(argument: string): View {
  const [first = '', ...rest] = argument.trim().split(/\s+/)
  const named = (Object.keys(filters) as Filter[]).find((key) => filters[key].label.toLowerCase() === first.toLowerCase())
  return { filter: named ?? 'a', words: fitting(searchWords(named ? rest.join(' ') : argument)) }
}

/** The words that fit, in their order; of a first one that is too long, its beginning. */
function fitting(words: string[]): string[] {
  const kept: string[] = []
  for (const word of words) {
    const bytes = Buffer.byteLength([...kept, word].join(' '))
    if (bytes <= WORDS_BYTES) kept.push(word)
  }
  const [first] = words
  if (kept.length > 0 || !first) return kept
  const letters = Array.from(first)
  while (Buffer.byteLength(letters.join('')) > WORDS_BYTES) letters.pop()
  return [letters.join('')]
}

/** A view as it stands in a button, and back. */
export function toButton({ filter, words, from }: View): string {
  return `${filter}${from ? (from.than === 'older' ? '<' : '>') + from.jobId : ''} ${words.join(' ')}`
}

export function fromButton(about: string): View | undefined {
  const [, filter, sign, id, words = ''] = /^([ardf])(?:([<>])(\d{1,15}))? (.*)$/.exec(about) ?? []
  if (!filter) return undefined
  const than = sign === '<' ? 'older' : 'newer'
  const from = sign ? ({ than, jobId: Number(id) } as const) : undefined
  return { filter: filter as Filter, words: words.split(' ').filter(Boolean), from } // by the pattern
}

/** What to look for in the registry to show a view, with room for one more than `shown`, which tells whether there is more. */
export function toSearch({ filter, words, from }: View, shown: number): JobSearch {
  return {
    statuses: filters[filter].statuses,
    ...(words.length > 0 && { words }),
    ...(from?.than === 'older' && { beforeId: from.jobId }),
    ...(from?.than === 'newer' && { afterId: from.jobId }),
    limit: shown + 1,
  }
}
