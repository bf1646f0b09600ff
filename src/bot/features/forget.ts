import type { Stored } from '../../../db/people.ts'
import type { RemyContext } from '../context.ts'
import { defineButton, defineCommand, type Feature, type FeatureParts } from '../feature.ts'

/** So long a question waits for its answer: who comes later is asked again. */
const PATIENCE_MS = 10 * 60_000

const DONE = 'That is done already: there is nothing left.'

/**
 * /forget: removes everything about a person, after a question. The question is known by its update, which stands on disk
 * before it is asked and is bare once its person is forgotten: so a press works after a restart, and works once.
 */
export function createForget({ db, dropTurns, folding, runner, ledger }: FeatureParts): Feature[] {
  async function ask(ctx: RemyContext): Promise<void> {
    await ctx.commit(async (stores) => {
      const items = itemsOf(await stores.people.stored(ctx.userId))
      const text = ['🗑 This is what I keep about you:', ...items, '', 'Shall I remove all of it? Nobody can bring it back.']
      const yes = { label: 'Yes, forget everything', does: 'forget', about: String(ctx.arrival) } as const
      const no = { label: 'No', does: 'keep', about: String(ctx.arrival) } as const
      await ctx.post(stores, { text: text.join('\n'), buttons: [[yes, no]] })
    })
  }

  /** What a press is told that comes to nothing. */
  async function objection(ctx: RemyContext, question: number): Promise<string | undefined> {
    const [asked, pressed] = await Promise.all([db.updates.get(question), db.updates.get(ctx.arrival)])
    if (asked?.chatId === null) return DONE
    const waitedMs = Date.parse(pressed?.receivedAt ?? '') - Date.parse(asked?.receivedAt ?? '')
    const isOwn = asked?.chatId === ctx.chatId && waitedMs >= 0 && waitedMs <= PATIENCE_MS
    return isOwn ? undefined : 'That was asked too long ago. Please send /forget again.'
  }

  async function keep(ctx: RemyContext, question: number): Promise<void> {
    if ((await objection(ctx, question)) === DONE) return ctx.answerButton(DONE)
    await ctx.commit(async (stores) => {
      await ctx.post(stores, { text: 'Nothing was removed.', previewMessageId: ctx.pressedMessageId })
      await ctx.toast(stores, 'Nothing was removed.')
    })
  }

  async function forget(ctx: RemyContext, question: number): Promise<void> {
    const refusal = await objection(ctx, question)
    if (refusal) return ctx.answerButton(refusal)
    // First all that is under way for the person ends, and what is new has to wait: nothing may be written behind the removal.
    await dropTurns(ctx.chatId, ctx.arrival, () =>
      runner.stopAllOf(ctx.userId, async () => {
        await folding.drop(ctx.chatId)
        await ledger.settled() // what the calls that were just ended cost
        await ctx.commit(async (stores) => {
          const removed = itemsOf(await stores.people.forget(ctx.userId, ctx.arrival))
          await ctx.post(stores, { text: farewell(removed), previewMessageId: ctx.pressedMessageId })
          await ctx.toast(stores, 'Everything is forgotten.')
          await stores.deliveries.vanishOnceSent(ctx.chatId)
          await stores.traces.owe()
        })
      }),
    )
    await db.eraseTraces().catch(() => {}) // then within the hour
  }

  return [
    defineCommand('forget', 'Remove everything I know about you', ask),
    defineButton('forget', (ctx, about) => forget(ctx, Number(about))),
    defineButton('keep', (ctx, about) => keep(ctx, Number(about))),
  ]
}

function farewell(removed: string[]): string {
  return [
    '🗑 I have forgotten you. Removed:',
    ...removed,
    '',
    'What my calls to Claude cost stays as sums, without you. Copies made before a migration or as a backup age out within a week, or when I next wake up after it. The messages in this chat are with Telegram: you can clear it.',
  ].join('\n')
}

function itemsOf({ jobs, running, queued, messages, summaries, deliveries, updates }: Stored): string[] {
  const active = [running && `${running} running`, queued && `${queued} waiting`].filter(Boolean).join(', ')
  const items = [
    jobs && `${counted(jobs, 'background job')}${active && ` (${active})`}, with all steps and results`,
    messages && `${counted(messages, 'message')} of our conversation`,
    summaries && counted(summaries, 'summary', 'summaries'),
    deliveries && `${counted(deliveries, 'message')} that I sent or was about to send`,
    updates && `${counted(updates, 'update')} as Telegram brought them`,
  ]
  return items.filter(Boolean).map((item) => `• ${item}`)
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
