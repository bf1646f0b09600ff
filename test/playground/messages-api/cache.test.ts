import type Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { ask, start } from './start.ts'

describe('the cache', () => {
  const long = (text: string) => ({ type: 'text' as const, text: text.repeat(100) })
  const marked = (text: string) => ({ ...long(text), cache_control: { type: 'ephemeral' as const } })

  it('is written at a mark, read by the same prefix, and missed by another', async () => {
    await using service = await start()
    const usageOf = async (system: Anthropic.TextBlockParam[], question: string) =>
      (await service.client.messages.stream({ ...ask(question), system }).finalMessage()).usage
    const first = await usageOf([marked('abcd')], 'one')
    expect(first).toMatchObject({ cache_creation_input_tokens: 102, cache_read_input_tokens: 0, input_tokens: 2 })
    const second = await usageOf([marked('abcd')], 'two')
    expect(second).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: 102, input_tokens: 2 })
    const grown = await usageOf([long('abcd'), marked('more')], 'two')
    expect(grown).toMatchObject({ cache_creation_input_tokens: 102, cache_read_input_tokens: 102 })
    const other = await usageOf([marked('abce')], 'two')
    expect(other).toMatchObject({ cache_read_input_tokens: 0 })
    const unmarked = await usageOf([long('abcd')], 'two')
    expect(unmarked).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: 0 })
  })

  it('follows a conversation by the mark at the top level', async () => {
    await using service = await start()
    const turns: Anthropic.MessageParam[] = [{ role: 'user', content: [long('ques')] }]
    const turn = async () => {
      const params = { ...ask(''), messages: turns, cache_control: { type: 'ephemeral' as const } }
      return (await service.client.messages.stream(params).finalMessage()).usage
    }
    expect(await turn()).toMatchObject({ cache_read_input_tokens: 0, input_tokens: 0 })
    turns.push({ role: 'assistant', content: 'Yes.' }, { role: 'user', content: 'And now?' })
    const second = await turn()
    expect(second.cache_read_input_tokens).toBe(102)
    expect(second.cache_creation_input_tokens).toBeGreaterThan(0)
  })
})
