import { expect } from 'vitest'
import type { BotApi } from '../../../playground/bot-api/server.ts'

export const ada = { id: 41, first_name: 'Ada' }
export const ben = { id: 42, first_name: 'Ben' }

type Answered = { ok: boolean; error_code?: number; description?: string; result?: unknown; parameters?: unknown }

export async function call(api: BotApi, method: string, params: Record<string, unknown> = {}): Promise<Answered> {
  const response = await fetch(`${api.url}/bot${api.token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  })
  const body = (await response.json()) as Answered
  expect(response.status).toBe(body.ok ? 200 : body.error_code)
  return body
}

export async function refusal(api: BotApi, method: string, params: Record<string, unknown>): Promise<string | undefined> {
  return (await call(api, method, params)).description
}

export const html = (text: string) => ({ chat_id: 41, parse_mode: 'HTML', text })
export const withKeys = (...keys: Record<string, unknown>[]) => ({
  chat_id: 41,
  text: 'x',
  reply_markup: { inline_keyboard: [keys] },
})
