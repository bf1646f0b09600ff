import Anthropic from '@anthropic-ai/sdk'
import { expect } from 'vitest'
import { offlineModel } from '../../../playground/messages-api/offline-model.ts'
import { createMessagesApi, type MessagesApi } from '../../../playground/messages-api/server.ts'

export const model = 'claude-opus-5-5'
export const ask = (content: string) => ({ model, max_tokens: 500, messages: [{ role: 'user' as const, content }] })

export function clientOf(api: MessagesApi, maxRetries = 0) {
  return new Anthropic({ apiKey: api.apiKey, baseURL: api.url, maxRetries })
}

export async function start() {
  const api = await createMessagesApi({ model: offlineModel({ pace: 0 }), minimumCacheTokens: 20 })
  return { api, client: clientOf(api), [Symbol.asyncDispose]: () => api.close() }
}

/** A body as it is, past the SDK's types. */
export async function post(api: MessagesApi, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${api.url}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.apiKey}`, 'anthropic-version': '2026-10-21', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const answer = (await response.json()) as { error?: { type: string; message: string }; request_id?: string }
  return { status: response.status, ...answer.error, requestId: answer.request_id, headers: response.headers }
}

export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('the call should have failed'),
    (error: unknown) => error,
  )
}
