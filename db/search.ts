/** Half of all words begin with the same letter or two: such a beginning would be looked up in everybody's. */
const SHORTEST_BEGINNING = 3

/** Looks whether anything matches an expression of FTS5. */
type Exists = (expression: string) => Promise<boolean>

/**
 * The narrowest way of looking for words that finds anything at all: entries with all of them, or else with any. A word that
 * stands nowhere is taken for a beginning. The expression is one of FTS5, and looks among this person's entries alone.
 */
export async function searchFor(userId: number, words: readonly string[], exists: Exists): Promise<string | undefined> {
  const among = (expression: string) => `user_id : "${userId}" AND {input_text result_text} : (${expression})`
  const terms: string[] = []
  for (const word of words) {
    const exact = `"${word.replaceAll('"', '""')}"`
    const isKnown = word.length < SHORTEST_BEGINNING || (await exists(among(exact)))
    terms.push(isKnown ? exact : `${exact} *`)
  }
  for (const way of [' AND ', ' OR ']) {
    if (terms.length > 0 && (await exists(among(terms.join(way))))) return among(terms.join(way))
  }
  return undefined
}

/** The words in what a person looks for, without what only holds a sentence together by its signs. */
export function wordsOf(query: string): string[] {
  return [...new Set(query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])]
}
