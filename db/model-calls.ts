import type { ExpressionBuilder, SelectQueryBuilder } from 'kysely'
import type { Executor } from './open.ts'
import type { Row, Schema } from './schema.ts'

/** For whom a call was made, and for what: a step of a job, a turn of the chat, or what the chat needs between turns. */
export type Account = { userId: number } & ({ kind: string; jobId: number; step: string } | { kind: 'chat'; turn?: number })

export type NewModelCall = Account &
  Pick<
    Row<'modelCalls'>,
    'model' | 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWriteTokens' | 'searches' | 'costMicros'
  >

/** What some calls used together. `costMicros` leaves out the calls whose price is not known: `unpricedCalls` says how many. */
export interface Usage {
  calls: number
  inputTokens: number
  outputTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
  searches: number
  costMicros: number
  unpricedCalls: number
}

/** The sum over no call at all. */
export const NOTHING_USED: Usage = {
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  searches: 0,
  costMicros: 0,
  unpricedCalls: 0,
}

/** Every call to a model, with what it used and cost. Times are ISO 8601 UTC. */
export function createModelCalls(db: Executor) {
  const calls = () => db.selectFrom('modelCalls')
  const ofPerson = (userId: number, since: string) => calls().where('userId', '=', userId).where('at', '>=', since)

  async function sum<Taken>(query: SelectQueryBuilder<Schema, 'modelCalls', Taken>): Promise<Usage> {
    const row = await query.select(sums).executeTakeFirst()
    return row ? toUsage(row) : NOTHING_USED
  }

  return {
    async add(call: NewModelCall): Promise<void> {
      await db
        .insertInto('modelCalls')
        .values({ ...call, at: new Date().toISOString() })
        .execute()
    },

    ofJob: (jobId: number): Promise<Usage> => sum(calls().where('jobId', '=', jobId)),

    ofTurn: (turn: number): Promise<Usage> => sum(calls().where('turn', '=', turn)),

    /** The sums of a job's steps, by their names. */
    async ofSteps(jobId: number): Promise<Map<string, Usage>> {
      const rows = await calls().where('jobId', '=', jobId).select('step').select(sums).groupBy('step').execute()
      return new Map(rows.map(({ step, ...row }) => [step ?? '', toUsage(row)]))
    },

    since: (userId: number, from: string): Promise<Usage> => sum(ofPerson(userId, from)),

    /** A person's sums by kind, the dearest first. */
    async byKind(userId: number, from: string): Promise<({ kind: string } & Usage)[]> {
      const rows = await ofPerson(userId, from)
        .select('kind')
        .select(sums)
        .groupBy('kind')
        .orderBy('costMicros', 'desc')
        .orderBy('kind')
        .execute()
      return rows.map(({ kind, ...row }) => ({ kind, ...toUsage(row) }))
    },

    /** The models of this person's calls whose price was not known. */
    async unpricedModels(userId: number, from: string): Promise<string[]> {
      const rows = ofPerson(userId, from).where('costMicros', 'is', null).select('model').distinct()
      return (await rows.orderBy('model').execute()).map(({ model }) => model)
    },

    /** The turn of the chat for which this person's latest call was. */
    async latestTurn(userId: number): Promise<number | undefined> {
      const ofChat = calls().select('turn').where('userId', '=', userId).where('turn', 'is not', null)
      return (await ofChat.orderBy('at', 'desc').limit(1).executeTakeFirst())?.turn ?? undefined
    },

    /** What everybody's calls cost since then, as far as it is known, in millionths of a US dollar. */
    async spentSince(from: string): Promise<number> {
      const query = calls()
        .select(({ fn }) => fn.sum<number | null>('costMicros').as('spent'))
        .where('at', '>=', from)
      return (await query.executeTakeFirst())?.spent ?? 0
    },
  }
}

type Sums = { calls: number; priced: number } & Record<Exclude<keyof Usage, 'calls' | 'unpricedCalls'>, number | null>

function sums({ fn }: ExpressionBuilder<Schema, 'modelCalls'>) {
  const sum = <Column extends Exclude<keyof Usage, 'calls' | 'unpricedCalls'>>(column: Column) =>
    fn.sum<number | null>(column).as(column)
  return [
    fn.countAll<number>().as('calls'),
    fn.count<number>('costMicros').as('priced'),
    sum('inputTokens'),
    sum('outputTokens'),
    sum('cacheReadTokens'),
    sum('cacheWriteTokens'),
    sum('searches'),
    sum('costMicros'),
  ] as const
}

/** A sum over no row is NULL. */
function toUsage({ calls, priced, ...row }: Sums): Usage {
  return {
    calls,
    inputTokens: row.inputTokens ?? 0,
    outputTokens: row.outputTokens ?? 0,
    cacheReadTokens: row.cacheReadTokens ?? 0,
    cacheWriteTokens: row.cacheWriteTokens ?? 0,
    searches: row.searches ?? 0,
    costMicros: row.costMicros ?? 0,
    unpricedCalls: calls - priced,
  }
}
