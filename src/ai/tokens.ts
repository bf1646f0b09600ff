/**
 * A cautious estimate of the tokens in a piece of JSON or text: three bytes each. Claude's own count is lower for
 * prose (about four) and close to this for code and for other scripts; there is no tokenizer to ask without a call.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3)
}
