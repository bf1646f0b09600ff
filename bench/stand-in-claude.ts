// The Messages API in a process of its own, so that what it costs is not counted as the service's. Its one argument are
// the rules, as JSON: the first whose words stand in the request answers it.
import { createMessagesApi, type Reply } from '../playground/messages-api/server.ts'

export interface Rule {
  /** Words that stand in what the system prompt or the messages say. */
  has: string
  reply: Reply
}

const rules = JSON.parse(process.argv[2] ?? '[]') as Rule[] // from who started this
const api = await createMessagesApi()
for (const { has, reply } of rules)
  api.when((request) => JSON.stringify([request.system, request.messages]).includes(has), reply)

process.on('message', () => process.send?.(api.inFlight))
process.stdout.write(`Server listening at ${api.url}\n`)
