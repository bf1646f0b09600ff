import type { BotApi } from '../../playground/bot-api/server.ts'

/** Another process that takes the updates, for one poll. */
export async function pollBeside({ url, token }: BotApi): Promise<void> {
  await fetch(`${url}/bot${token}/getUpdates`)
}
