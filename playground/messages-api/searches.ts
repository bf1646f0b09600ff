// A web search as the API gives it in an answer, for scripts of tests and for the offline model.
import { compactId } from './reply.ts'
import type { Block } from './request.ts'

export type Page = { title: string; url: string; page_age?: string | null /** What the page says. */; text?: string }

export type SearchErrorCode =
  | 'invalid_tool_input'
  | 'unavailable'
  | 'max_uses_exceeded'
  | 'too_many_requests'
  | 'query_too_long'
  | 'request_too_large'

const caller = { type: 'direct' }
const longestCitation = 150

/** A search and what it found, as the two blocks of an answer. The id is one that the API might make, unless told. */
export function webSearch({ query, results, id = searchId() }: { query: string; results: Page[]; id?: string }): Block[] {
  return [searchCall({ query, id }), searchResult(id, results)]
}

/** A search that failed, as the two blocks of an answer: the API answers 200, and the model goes on without it. */
export function searchError(code: SearchErrorCode, { query = 'anything', id = searchId() } = {}): Block[] {
  const content = { type: 'web_search_tool_result_error', error_code: code }
  return [searchCall({ query, id }), { type: 'web_search_tool_result', tool_use_id: id, content, caller }]
}

/** The call alone, as a paused turn may end with it. */
export function searchCall({ query, id = searchId() }: { query: string; id?: string }): Block {
  return { type: 'server_tool_use', id, name: 'web_search', input: { query }, caller }
}

/** The result alone, as the answer after a pause begins with it. */
export function searchResult(id: string, results: Page[]): Block {
  const content = results.map(({ title, url, page_age = null, text = '' }) => {
    return { type: 'web_search_result', title, url, encrypted_content: sealed(`${url} ${text}`), page_age }
  })
  return { type: 'web_search_tool_result', tool_use_id: id, content, caller }
}

/** A text that rests on pages; of each, at most 150 characters are cited. */
export function cited(text: string, sources: { title: string | null; url: string; cited_text: string }[]): Block {
  const citations = sources.map(({ title, url, cited_text }) => ({
    type: 'web_search_result_location',
    cited_text: cited_text.slice(0, longestCitation).toWellFormed(),
    encrypted_index: sealed(`${url} ${cited_text}`),
    title,
    url,
  }))
  return { type: 'text', text, citations }
}

function searchId(): string {
  return `srvtoolu_${compactId()}`
}

// Not encrypted at all; only as opaque to a reader as the API's.
function sealed(text: string): string {
  return Buffer.from(text).toString('base64')
}
