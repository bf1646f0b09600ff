import type { Account } from '../../db/model-calls.ts'
import type { Attachment } from '../attachment.ts'
import { Failure } from '../failure.ts'
import type { Answer, Prompt } from '../jobs/kind.ts'
import type { Hear } from '../jobs/stage.ts'
import { readAnswer, searchesOf } from './answer.ts'
import { type LoadFile, toBlocks } from './attachments.ts'
import { type Claude, webSearch } from './claude.ts'

/** Room for the longest answer a step is asked for, with space to think. */
const MAX_TOKENS = 16_000

interface Parts {
  claude: Claude
  model: string
  load: LoadFile
}

/** How jobs ask Claude: one question, with the job's files, and with the web where the prompt allows searches. */
export function createConsult({ claude, model, load }: Parts) {
  /** @throws {Failure} with a sentence for the person. */
  return async function consult(
    { system, user, searches = 0 }: Prompt,
    files: readonly Attachment[],
    signal: AbortSignal,
    account: Account,
    hear: Hear,
  ): Promise<Answer> {
    const content = [...(await toBlocks(files, load, signal)), { type: 'text' as const, text: user }]
    const tools = searches > 0 ? { tools: [webSearch(searches)] } : {}
    const request = { model, system, messages: [{ role: 'user' as const, content }], maxTokens: MAX_TOKENS, ...tools }
    const answer = await claude.complete(request, { lane: 'job', account, signal, ...hear })
    const { found, failure } = searchesOf(answer.content)
    if (failure) throw new Failure(`the web search did not work (${failure})`)
    const { text, sources } = readAnswer(answer)
    return { text, cited: sources, found }
  }
}
