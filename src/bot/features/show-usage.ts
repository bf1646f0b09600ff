import { usedInWords } from '../../telegram/budget-notices.ts'
import { usageInWords } from '../../telegram/usage-in-words.ts'
import { defineCommand, type Feature, type FeatureParts } from '../feature.ts'

/** /usage: what this person's chats and jobs used today and this month. */
export function createShowUsage({ db, budget, localTime }: FeatureParts): Feature {
  return defineCommand('usage', 'What I used, and what it cost', async (ctx) => {
    const { userId } = ctx
    const monthBegan = localTime.startOfMonth()
    const [today, month, kinds, unpriced, turn, standing] = await Promise.all([
      db.modelCalls.since(userId, localTime.startOfDay(0)),
      db.modelCalls.since(userId, monthBegan),
      db.modelCalls.byKind(userId, monthBegan),
      db.modelCalls.unpricedModels(userId, monthBegan),
      db.modelCalls.latestTurn(userId),
      budget.standing(db),
    ])
    const lines = [
      '📊 What I used for you',
      ...(turn === undefined ? [] : [`Latest answer: ${usageInWords(await db.modelCalls.ofTurn(turn))}`]),
      ...(month.calls === 0
        ? ['Nothing yet this month.']
        : [`Today: ${usageInWords(today)}`, `This month: ${usageInWords(month)}`]),
      ...kinds.map(({ kind, ...usage }) => `    ${kind}: ${usageInWords(usage)}`),
    ]
    if (unpriced.length > 0)
      lines.push('', `I do not know the price of ${unpriced.join(' and ')}: only the tokens are counted.`)
    if (standing) lines.push('', `${usedInWords(standing)}, over everyone.`)
    await ctx.answer(lines.join('\n'))
  })
}
