import type { Config } from './config.ts'

/** A shorter secret would blank half of what is written. */
const SHORTEST = 8

/**
 * Takes the service's secrets out of a text, whoever wrote it: the last guard of what goes to the log or into a row.
 * The bot's token counts as a whole and by its secret half.
 */
export function createScrubber({ telegram, claude, inspectionToken = '' }: Config): (text: string) => string {
  const secrets = [telegram.token, telegram.token.split(':')[1] ?? '', telegram.webhookSecret, claude.apiKey, inspectionToken]
  const escaped = secrets.map((secret) => JSON.stringify(secret).slice(1, -1)) // as a line of JSON has it
  const all = [...new Set([...secrets, ...escaped])].filter((secret) => secret.length >= SHORTEST)
  return (text) => all.reduce((cleaned, secret) => cleaned.replaceAll(secret, '[secret]'), text)
}
