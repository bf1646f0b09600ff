import type { Api } from '../../src/telegram/api.ts'
import type { Patiently } from './patience.ts'
import { type Say, StepAside } from './say.ts'

interface Parts {
  api: Api
  patiently: Patiently
  say: Say
}

/** Sees to it that no webhook is in the way of getUpdates. @throws {StepAside} where one is and is to stay. */
export async function clearWebhook({ api, patiently, say, takeOver }: Parts & { takeOver: boolean }): Promise<void> {
  const host = await hostOfWebhook({ api, patiently })
  if (host === undefined) return
  if (!takeOver) throw new StepAside(inTheWay(host))
  await patiently(() => api.deleteWebhook({ drop_pending_updates: false }))
  say(
    `The webhook at ${host} is deleted, and what waited for it comes here. To set it back, end this and restart the service ` +
      'there: with its PUBLIC_URL, it registers itself at every start.',
  )
}

/** Where the bot's updates go; undefined without a webhook. Never the whole address, which may hold a secret. */
export async function hostOfWebhook({ api, patiently }: Omit<Parts, 'say'>): Promise<string | undefined> {
  const { url } = await patiently(() => api.getWebhookInfo())
  return url ? hostOf(url) : undefined
}

export function inTheWay(host: string): string {
  return (
    `This bot's updates go to the webhook at ${host}, so none come here. Use a second bot for development (@BotFather, ` +
    '/newbot), or take this one over with: npm run dev -- --take-over (the service there then gets no updates until it is restarted).'
  )
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an address that cannot be read'
}
