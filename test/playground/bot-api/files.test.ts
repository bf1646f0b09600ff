import { expect, test } from 'vitest'
import type { BotApi } from '../../../playground/bot-api/server.ts'
import { createBotApi } from '../../../playground/bot-api/server.ts'
import { ada, call, refusal } from './call.ts'

const bytes = Buffer.alloc(100_000, 'a document ')

const given = (api: BotApi, fileSize?: number): string => {
  api.sendDocument(ada, { bytes, name: 'a.pdf', fileSize })
  return api.messages(41).at(-1)?.document?.file_id ?? ''
}
const pathOf = async (api: BotApi, file_id: string) =>
  ((await call(api, 'getFile', { file_id })).result as { file_path: string }).file_path
const download = (api: BotApi, path: string, token = api.token) => fetch(`${api.url}/file/bot${token}/${path}`)

test('a file is fetched with the path that getFile gives, and both are in the journal', async () => {
  await using api = await createBotApi()
  const file_id = given(api)
  const { result } = await call(api, 'getFile', { file_id })
  expect(result).toEqual({
    file_id,
    file_unique_id: expect.any(String),
    file_size: bytes.length,
    file_path: expect.stringMatching(/^documents\/file_\d+\.pdf$/),
  })
  const path = await pathOf(api, file_id)
  expect((result as { file_path: string }).file_path).toBe(path)
  const response = await download(api, path)
  expect(response.headers.get('content-length')).toBe(String(bytes.length))
  expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes)
  expect(api.calls.map(({ method, outcome }) => [method, outcome])).toEqual([
    ['getFile', 'ok'],
    ['getFile', 'ok'],
    ['download', 'ok'],
  ])
})

test('unknown ids, paths and tokens and files above 20 MB are refused', async () => {
  await using api = await createBotApi()
  const why = (file_id: string) => refusal(api, 'getFile', { file_id })
  expect(await why('')).toBe('Bad Request: file_id not specified')
  expect(await why('short')).toBe('Bad Request: invalid file_id')
  expect(await why('x'.repeat(40))).toBe('Bad Request: wrong file_id or the file is temporarily unavailable')
  expect(await why(given(api, 20 * 1024 * 1024 + 1))).toBe('Bad Request: file is too big')
  expect(await why(given(api, 20 * 1024 * 1024))).toBeUndefined()
  const response = await download(api, 'documents/file_77.pdf')
  expect(response.status).toBe(404)
  expect(await response.json()).toEqual({ ok: false, error_code: 404, description: 'Not Found' })
  expect((await download(api, 'documents/file_0.pdf', '1:wrong')).status).toBe(401)
  expect(api.calls.at(-1)).toMatchObject({ method: 'download', outcome: 'Unauthorized' })
})

test('getFile and the download go wrong by the same rules as every call', async () => {
  await using api = await createBotApi()
  const path = await pathOf(api, given(api))
  api.fail({ method: 'getFile', fault: { kind: 'server-error' } })
  api.fail({ method: 'download', fault: { kind: 'refuse', error_code: 500, description: 'Internal Server Error' } })
  api.fail({ method: 'download', fault: { kind: 'truncated' } })
  api.fail({ method: 'download', fault: { kind: 'reset' } })
  api.fail({ method: 'download', fault: { kind: 'hang' } })
  expect(await refusal(api, 'getFile', { file_id: given(api) })).toBe('Internal Server Error')
  expect((await download(api, path)).status).toBe(500)
  const cut = await download(api, path)
  expect(cut.status).toBe(200)
  await expect(cut.arrayBuffer()).rejects.toThrow()
  await expect(download(api, path)).rejects.toThrow()
  const leaving = new AbortController()
  const silence = fetch(`${api.url}/file/bot${api.token}/${path}`, { signal: leaving.signal })
  const outcome = expect(silence).rejects.toThrow()
  await api.until(() => api.calls.at(-1)?.outcome === 'hang')
  leaving.abort()
  await outcome
  expect((await download(api, path)).status).toBe(200)
})
