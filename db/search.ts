/**
 * How words are looked for, from the narrowest way to the widest: all of them, all of them as beginnings, any of them. Each is
 * an expression of FTS5, which looks among this person's entries alone. None where there is nothing to look for.
 */
export function searchesFor(userId: number, words: readonly string[]): string[] {
  if (words.length === 0) return []
  const own = `user_id : "${userId}"`
  const among = (expression: string) => `${own} AND {input_text result_text} : (${expression})`
  const quoted = words.map((word) => `"${word.replaceAll('"', '""')}"`)
  const prefixes = quoted.map((word) => `${word} *`)
  const ways = [among(quoted.join(' AND ')), among(prefixes.join(' AND '))]
  return words.length > 1 ? [...ways, among(prefixes.join(' OR '))] : ways
}

/** The words in what a person looks for, without what only holds a sentence together by its signs. */
export function wordsOf(query: string): string[] {
  return [...new Set(query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])]
}
