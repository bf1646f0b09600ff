// Request strictness. A stand-in that accepts what the API refuses would let a broken request pass every test.
import type { IncomingHttpHeaders } from 'node:http'
import { checkConversation } from './check-conversation.ts'
import { checkTools } from './check-tools.ts'
import { demand, demandKnown, Invalid, isObject, type Json } from './demand.ts'
import { invalid, type Refusal } from './refusal.ts'
import { blocksOf, type MessageRequest } from './request.ts'

const knownFields = new Set([
  'model',
  'max_tokens',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'stream',
  'metadata',
  'stop_sequences',
  'cache_control',
  'output_config',
  'thinking',
  'service_tier',
  'betas',
  'context_management',
  'container',
  'mcp_servers',
  'inference_geo',
])

/** What the organisation of the key may use. */
export type Abilities = { webSearch: boolean }

export type Checked = { ok: true; request: MessageRequest } | { ok: false; refusal: Refusal }

/** Key and version, as the API wants them on every call; undefined when they are right. */
export function checkHeaders(headers: IncomingHttpHeaders, apiKey: string): Refusal | undefined {
  const given = headers['x-api-key'] ?? headers.authorization?.match(/^Bearer (.+)$/i)?.[1]
  if (given === undefined) return unauthenticated('x-api-key header is required')
  if (given !== apiKey) return unauthenticated('invalid x-api-key')
  const version = headers['anthropic-version']
  if (version === undefined) return invalid('anthropic-version: header is required')
  if (!/^\d{4}-\d{2}-\d{2}$/.test(String(version))) {
    return invalid(`anthropic-version: "${version}" is not a valid version`)
  }
  return undefined
}

function unauthenticated(message: string): Refusal {
  return { status: 401, type: 'authentication_error', message }
}

/** The body's bytes to a request, or the first thing that is wrong with it, in words close to the API's. */
export function checkRequest(bytes: Buffer, { webSearch }: Abilities): Checked {
  try {
    const body = parse(bytes)
    checkFields(body)
    checkTools(body)
    checkConversation(body)
    checkCacheControl(body)
    const searches = (body as MessageRequest).tools?.some(({ type }) => type?.startsWith('web_search_')) ?? false
    // The words that other clients look for: the documentation says that it has to be enabled, not what comes otherwise.
    demand(webSearch || !searches, 'Web search is not enabled for this organization.')
    const request = body as MessageRequest
    // It knows every model but those whose name says that there is none.
    if (/no-such/.test(request.model)) {
      return { ok: false, refusal: { status: 404, type: 'not_found_error', message: `model: ${request.model}` } }
    }
    return { ok: true, request }
  } catch (error) {
    if (error instanceof Invalid) return { ok: false, refusal: invalid(error.message) }
    throw error
  }
}

function parse(bytes: Buffer): Json {
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), (key, value) => {
      // The API's parser knows no lone surrogates; JSON.parse and JSON.stringify let them through.
      if (!key.isWellFormed() || (typeof value === 'string' && !value.isWellFormed())) {
        throw new SyntaxError('no low surrogate in string')
      }
      return value
    })
  } catch (error) {
    throw new Invalid(`The request body is not valid JSON: ${error instanceof Error ? error.message : error}`)
  }
  demand(isObject(body), 'Input should be a valid dictionary or object to extract fields from')
  return body
}

function checkFields(body: Json): void {
  for (const field of ['model', 'max_tokens', 'messages']) demand(field in body, `${field}: Field required`)
  demandKnown(body, knownFields)
  const { model, max_tokens, stream, system, thinking, output_config, metadata, stop_sequences } = body
  demand(typeof model === 'string', 'model: Input should be a valid string')
  demand(model !== '', 'model: String should have at least 1 character')
  demand(Number.isInteger(max_tokens), 'max_tokens: Input should be a valid integer')
  demand(Number(max_tokens) >= 1, 'max_tokens: Input should be greater than or equal to 1')
  demand(stream === undefined || typeof stream === 'boolean', 'stream: Input should be a valid boolean')
  if (system !== undefined && typeof system !== 'string') checkSystem(system)
  if (thinking !== undefined) {
    const known = ['adaptive', 'enabled', 'disabled', 'between_tools']
    demand(isObject(thinking) && known.includes(String(thinking.type)), 'thinking.type: Input should be a known type')
  }
  if (output_config !== undefined) {
    demand(isObject(output_config), 'output_config: Input should be a valid dictionary')
    const effort = output_config.effort ?? 'high'
    const efforts = ['low', 'medium', 'high', 'xhigh', 'max']
    demand(efforts.includes(String(effort)), `output_config.effort: Input should be ${efforts.map((e) => `'${e}'`).join(', ')}`)
  }
  if (metadata !== undefined) {
    demand(isObject(metadata), 'metadata: Input should be a valid dictionary')
    demandKnown(metadata, new Set(['user_id']), 'metadata.')
  }
  if (stop_sequences !== undefined) {
    const strings = Array.isArray(stop_sequences) && stop_sequences.every((value) => typeof value === 'string')
    demand(strings, 'stop_sequences: Input should be a valid list of strings')
    demand(
      stop_sequences.every((value: string) => value.trim() !== ''),
      'stop_sequences: each stop sequence must contain non-whitespace',
    )
  }
}

function checkSystem(system: unknown): void {
  demand(Array.isArray(system), 'system: Input should be a valid list')
  for (const [index, block] of system.entries()) {
    const isText = isObject(block) && block.type === 'text' && typeof block.text === 'string'
    demand(isText, `system.${index}.type: Input should be 'text'`)
    demand(block.text !== '', 'system: text content blocks must be non-empty')
  }
}

function checkCacheControl(body: Json): void {
  // By now the shapes are right: the checks before this one have run.
  const { system, tools = [], messages, cache_control } = body as MessageRequest
  const carriers = [...tools, ...blocksOf(system), ...messages.flatMap((message) => blocksOf(message.content))]
  const marks = [cache_control, ...carriers.map((carrier) => carrier.cache_control)].filter((mark) => mark != null)
  for (const mark of marks) {
    demand(isObject(mark) && mark.type === 'ephemeral', "cache_control.type: Input should be 'ephemeral'")
    demand(['5m', '1h'].includes(mark.ttl ?? '5m'), "cache_control.ttl: Input should be '5m' or '1h'")
  }
  demand(marks.length <= 4, `A maximum of 4 blocks with cache_control may be provided. Found ${marks.length}.`)
}
