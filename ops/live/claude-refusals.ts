import type { Assumption } from './assumption.ts'
import { expectThat } from './assumption.ts'
import type { ClaudeContext } from './claude.ts'
import { redSquare } from './samples.ts'

const invalid = 'invalid_request_error'
const noSuchModel = 'claude-no-such-model'

/** What the API says no to, and how. None of these costs anything. */
export const claudeRefusals: Assumption<ClaudeContext>[] = [
  {
    name: 'an unknown model is a 404, not_found_error, and named',
    check: ({ refuses, body }) =>
      refuses(body('Hi', { model: noSuchModel }), [404, 'not_found_error', new RegExp(noSuchModel)]),
  },
  {
    name: 'a wrong key is a 401, authentication_error',
    check: ({ refuses, body }) => refuses(body('Hi'), [401, 'authentication_error'], 'sk-ant-wrong'),
  },
  {
    name: 'an unknown field is refused by name, and a refusal has the id of the request',
    async check({ ask, refuses, body }) {
      const request = body('Hi', { colour: 'red' })
      await refuses(request, [400, invalid, /colour.*Extra inputs are not permitted/])
      const answer = await ask(request)
      const id = answer.headers.get('request-id')
      expectThat(id !== null && answer.body.request_id === id && answer.body.type === 'error', answer.body)
    },
  },
  {
    name: 'an empty text is refused',
    check: ({ refuses, body }) =>
      refuses(body([{ type: 'text', text: '' }]), [400, invalid, /text content blocks must be non-empty/]),
  },
  {
    name: 'half of a surrogate pair is refused as no JSON',
    check: ({ refuses, body }) => refuses(JSON.stringify(body('half of \ud83d')), [400, invalid, /JSON/]),
  },
  {
    name: 'a call without its result is refused',
    check({ refuses, body }) {
      const call = { type: 'tool_use', id: 'toolu_01ABCdefGHIjklMNOpqrSTUv', name: 'list_background_jobs', input: {} }
      const request = body('Hi', { tools: [{ name: call.name, input_schema: { type: 'object', properties: {} } }] })
      const turns = [...request.messages, { role: 'assistant', content: [call] }, { role: 'user', content: 'And now?' }]
      return refuses({ ...request, messages: turns }, [400, invalid, /`tool_use` ids were found without `tool_result` blocks/])
    },
  },
  {
    name: 'a tool without an object as its schema is refused',
    check: ({ refuses, body }) =>
      refuses(body('Hi', { tools: [{ name: 'x', input_schema: { type: 'string' } }] }), [400, invalid, /input_schema\.type/]),
  },
  {
    name: 'a fifth mark for the cache is refused',
    check({ refuses, body }) {
      const marked = Array.from({ length: 5 }, (_, at) => ({
        type: 'text',
        text: `${at}`,
        cache_control: { type: 'ephemeral' },
      }))
      return refuses(body(marked), [400, invalid, /maximum of 4 blocks with cache_control/i])
    },
  },
  {
    name: 'an image of another type than it says is refused',
    check({ refuses, body }) {
      const source = { type: 'base64', media_type: 'image/jpeg', data: redSquare().toString('base64') }
      return refuses(body([{ type: 'image', source }]), [400, invalid, /media type/i])
    },
  },
  {
    name: 'a PDF that is none is refused',
    check({ refuses, body }) {
      const source = { type: 'base64', media_type: 'application/pdf', data: Buffer.from('no PDF').toString('base64') }
      return refuses(body([{ type: 'document', source }]), [400, invalid, /PDF/])
    },
  },
]
