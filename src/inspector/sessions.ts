import { createHmac } from 'node:crypto'
import { sameSecret } from '../secret.ts'

/** How long a person may look before Telegram has to vouch for them again. */
const LASTS_MS = 60 * 60_000

/**
 * Bearers for persons: who, until when, and a signature by a key that follows from the bot's token. Nothing of them is
 * kept, so that they outlast a restart; a new token ends them all.
 */
export function createSessions(botToken: string) {
  const key = createHmac('sha256', 'inspector session').update(botToken).digest()
  const signed = (claim: string) => `${claim}.${createHmac('sha256', key).update(claim).digest('base64url')}`

  return {
    /** Makes a bearer for this person. */
    issue(userId: number, now = Date.now()): { token: string; expiresAt: string } {
      const until = now + LASTS_MS
      return { token: signed(`${userId}.${until}`), expiresAt: new Date(until).toISOString() }
    },

    /** The person of a bearer; undefined where it is over, or none of ours. */
    userOf(token: string, now = Date.now()): number | undefined {
      const [userId = '', until = ''] = token.split('.')
      if (!sameSecret(token, signed(`${userId}.${until}`)) || Number(until) < now) return undefined
      return Number(userId)
    },
  }
}

export type Sessions = ReturnType<typeof createSessions>
