import { webSearch } from '../../src/ai/claude.ts'
import { isSearchDisabled } from '../../src/ai/verdicts.ts'
import type { Config } from '../../src/config.ts'
import { doubtful, type Finding, failed, good } from './finding.ts'
import { type Answer, createMessages, errorOf, type Json } from './messages.ts'

type Trouble = 'key' | 'model' | 'credit' | 'search' | 'busy' | 'unreachable' | 'refused'
type Outcome = { trouble?: undefined } | { trouble: Trouble; said: string }

export interface ClaudeFindings {
  key: Finding
  chatModel: Finding
  jobModel: Finding
  webSearch: Finding
}

/** Three requests of a token each, beside each other; together they tell key, models and search apart. */
export async function checkClaude({ apiKey, baseURL, chatModel, jobModel }: Config['claude']): Promise<ClaudeFindings> {
  const { ask } = createMessages({ apiKey, baseURL })

  async function tryOut(model: string, more: Json = {}): Promise<Outcome> {
    const messages = [{ role: 'user', content: 'Say OK.' }]
    return await ask({ model, max_tokens: 1, messages, ...more }).then(diagnose, (error: Error) => ({
      trouble: 'unreachable',
      said: error.message,
    }))
  }

  const inChat = tryOut(chatModel)
  const inJobs = chatModel === jobModel ? inChat : tryOut(jobModel)
  const searching = tryOut(jobModel, { tools: [webSearch(1)] })
  const [chat, job, search] = [await inChat, await inJobs, await searching]
  return {
    key: judgeKey([chat, job, search]),
    chatModel: judgeModel(chat, chatModel, 'CHAT_MODEL'),
    jobModel: judgeModel(job, jobModel, 'JOB_MODEL'),
    webSearch: judgeSearch(search),
  }
}

function diagnose(answer: Answer): Outcome {
  const { status } = answer
  const { type, message } = errorOf(answer)
  if (status === 200 && answer.body.type === 'message') return {}
  const because = (trouble: Trouble) => ({ trouble, said: `status ${status}${type && `, ${type}`}` })
  if (status === 402 || /credit balance/i.test(message)) return because('credit')
  if (isSearchDisabled({ status, message })) return because('search')
  if (status === 401 || status === 403) return because('key')
  if (status === 404) return because('model')
  return because(status === 429 || status >= 500 ? 'busy' : 'refused')
}

function judgeKey(outcomes: Outcome[]): Finding {
  const of = (trouble: Trouble) => outcomes.find((outcome) => outcome.trouble === trouble)
  const said = (outcome: Outcome) => outcome.trouble && outcome.said
  const [key, credit, unreachable, busy] = [of('key'), of('credit'), of('unreachable'), of('busy')]
  const answered = outcomes.some(({ trouble }) => trouble === undefined || trouble === 'search')
  if (key) return failed(`Claude refuses it (${said(key)})`, 'Make a key at https://platform.claude.com, as ANTHROPIC_API_KEY')
  if (credit) return failed('its credit is used up', 'Buy credit at https://platform.claude.com, under Billing')
  if (unreachable) {
    const remedy = 'Check the network of this machine, and ANTHROPIC_BASE_URL if it is set'
    return failed(`Claude does not answer (${said(unreachable)})`, remedy)
  }
  if (answered) return good('Claude takes it')
  if (busy) return doubtful(`Claude is too busy to tell (${said(busy)})`, 'Try again in a minute')
  return doubtful('not told, since no request was answered')
}

function judgeModel(outcome: Outcome, model: string, variable: string): Finding {
  switch (outcome.trouble) {
    case undefined:
      return good(`${model} answers`)
    case 'model':
      return failed(`Claude does not know ${model}, or there is no API under this address`, `Name another one as ${variable}`)
    case 'busy':
      return doubtful(`${model} is too busy to tell (${outcome.said})`, 'Try again in a minute')
    case 'refused':
      return failed(`${model} refuses the request (${outcome.said})`, `Name another one as ${variable}`)
    default:
      return doubtful('not checked, for the reason above')
  }
}

function judgeSearch(outcome: Outcome): Finding {
  switch (outcome.trouble) {
    case undefined:
      return good('enabled for this key')
    case 'search':
      return failed(
        'not enabled for this key',
        'An admin can enable it at https://platform.claude.com, in the privacy settings',
      )
    case 'refused':
      return failed(`the request is refused (${outcome.said})`, 'Name a JOB_MODEL that can search the web')
    default:
      return doubtful('not checked, for the reason above')
  }
}
