import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, type Start, startModule } from './child.ts'
import type { Workshop } from './measurement.ts'

export const SECRET = 'the_webhook-secret'
export const WEBHOOK = '/telegram/webhook'

/** Nobody listens there: what a measurement has no use for fails at once. */
const NOWHERE = 'http://127.0.0.1:9'

/** The flags that the image gives to Node. */
export const flags = flagsOf(readFileSync(join(import.meta.dirname, '..', 'Dockerfile'), 'utf8'))

function flagsOf(dockerfile: string): string[] {
  const command = JSON.parse(/^CMD (.+)$/m.exec(dockerfile)?.[1] ?? '[]') as string[] // the form that the file uses
  return command.slice(1, -1)
}

/** The environment of a service that is measured: everyone may talk with it, and nothing of this shell's gets in. */
export function environment(file: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    TELEGRAM_BOT_TOKEN: '7000000001:a-token-of-the-local-stand-in-00000',
    TELEGRAM_WEBHOOK_SECRET: SECRET,
    TELEGRAM_ALLOWED_USER_IDS: '*',
    TELEGRAM_API_ROOT: NOWHERE,
    ANTHROPIC_API_KEY: 'local-messages-key',
    ANTHROPIC_BASE_URL: NOWHERE,
    DATABASE_URL: `file:${file}`,
    PORT: '0',
    ...more,
  }
}

/** A path for a database that does not exist yet. */
export function freshFile({ folder }: Workshop): string {
  return join(mkdtempSync(join(folder, 'data-')), 'remy.db')
}

/** The service as it is deployed. */
export function startService(
  workshop: Workshop,
  env: Record<string, string>,
  start: Pick<Start, 'weighed'> = {},
): Promise<Child> {
  return startModule(workshop.entry, [], { ...start, flags, env, cwd: workshop.folder })
}

let lastUpdateId = 500_000_000

/**
 * An update that is stored and marked as handled, with nothing between: somebody has unblocked the bot. Each comes from
 * another of a thousand chats.
 */
export function smallUpdate() {
  const update_id = ++lastUpdateId
  const user = { id: 1_000 + (update_id % 1_000), is_bot: false, first_name: 'Somebody', language_code: 'en' }
  const status = (name: string) => ({ user: { id: 7_000_000_001, is_bot: true, first_name: 'Remy' }, status: name })
  return {
    update_id,
    my_chat_member: {
      chat: { id: user.id, type: 'private', first_name: user.first_name },
      from: user,
      date: Math.floor(Date.now() / 1_000),
      old_chat_member: { ...status('kicked'), until_date: 0 },
      new_chat_member: status('member'),
    },
  }
}
