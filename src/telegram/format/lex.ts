import { Lexer, type Token, Tokenizer, type TokensList } from 'marked'

const DEEPEST = 50
/** How often marked may look at the whole source: lazy lines after nested quotes double its work at each level. */
const MOST_LOOKS = 100
/** Marked needs quadratic time for some runs of text, so a long one is read in pieces: up to a line end, else a space. */
const pieces = /.{1,6000}(?![^\n])|.{1,6000}(?!\S)|.{1,6000}/gsu

/**
 * Reads Markdown with marked, each line break being one. What nests deeper than any honest text stays as it was
 * written, and so does all of it where marked gives up. Never throws; hostile 50,000 characters take about a second.
 */
export function lex(markdown: string): Token[] {
  const source = markdown.toWellFormed()
  try {
    return new BoundedLexer(source.length).lex(source)
  } catch {
    return [literalBlock(source)]
  }
}

/** What stands before the first rule of a text, a heading underlined with --- included, and what stands after it. */
export function atRule(markdown: string): [string, string | undefined] {
  const source = markdown.replace(/\r\n?/g, '\n').trim()
  let at = 0
  for (const token of lex(source)) {
    const after = at + token.raw.length
    if (token.type === 'heading' && /\n-+\s*$/.test(token.raw)) return [source.slice(0, at) + token.text, source.slice(after)]
    if (token.type === 'hr' && at > 0) return [source.slice(0, at), source.slice(after)]
    at = after
  }
  return [source, undefined]
}

// Raw HTML is only ever shown, so it is a tag within a line: as a block, an unclosed <pre> would take all that follows.
class LineTokenizer extends Tokenizer {
  override html(): undefined {}
}

class BoundedLexer extends Lexer {
  private depth = 0
  private work: number

  constructor(length: number) {
    super({ gfm: true, breaks: true, tokenizer: new LineTokenizer() })
    this.work = MOST_LOOKS * (length + 1_000)
  }

  override blockTokens(source: string, tokens: Token[] = [], clipped?: boolean): TokensList {
    if (this.enter(source)) super.blockTokens(source, tokens, clipped)
    else tokens.push(literalBlock(source))
    this.depth -= 1
    // Only the outermost call has its `links` read, and that one gets a TokensList.
    return tokens as TokensList
  }

  override inlineTokens(source: string, tokens: Token[] = []): Token[] {
    if (this.enter(source)) for (const piece of source.match(pieces) ?? []) super.inlineTokens(piece, tokens)
    else tokens.push(literal(source))
    this.depth -= 1
    return tokens
  }

  private enter(source: string): boolean {
    this.work -= source.length
    if (this.work < 0) throw new Error('Marked goes round in circles')
    this.depth += 1
    return this.depth <= DEEPEST
  }
}

// An escape is the one token whose text stands for itself.
const literal = (text: string): Token => ({ type: 'escape', raw: text, text })
const literalBlock = (text: string): Token => ({ type: 'paragraph', raw: text, text, tokens: [literal(text)] })
