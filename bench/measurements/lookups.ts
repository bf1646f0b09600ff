import { type Database, openDatabase } from '../../db/open.ts'
import type { ToolContext } from '../../src/ai/tool.ts'
import { listBackgroundJobs } from '../../src/ai/tools/list-background-jobs.ts'
import { toSearch, viewOf } from '../../src/bot/job-list.ts'
import { type Figure, type Measurement, ms } from '../measurement.ts'
import { COMMON_WORD, OWNER, RARE_WORD } from '../registry.ts'
import { interleaved, median } from '../statistics.ts'

const FEW = 1_000
const SHOWN = 10

const WHY =
  'the index of the search holds, for each word, the numbers of all entries with it, and so for each person. FTS5 leaps through the' +
  ' longer list to each entry of the shorter, and decodes half a page of 4 KB at each leap. It is some tenths of a millisecond.'

type Lookup = (db: Database) => Promise<unknown>

const list =
  (argument: string): Lookup =>
  (db) =>
    db.jobs.find(OWNER, toSearch(viewOf(argument), SHOWN))
const tool =
  (input: object): Lookup =>
  (db) =>
    listBackgroundJobs.call(input, { asker: { userId: OWNER }, stores: db } as unknown as ToolContext) // all that it looks at

const lookups: Record<string, Lookup> = {
  '/jobs': list(''),
  '/jobs failed': list('failed'),
  [`/jobs ${RARE_WORD}, which ten have`]: list(RARE_WORD),
  [`/jobs ${COMMON_WORD}, which all have`]: list(COMMON_WORD),
  'The tool, without words': tool({}),
  'The tool, with a query': tool({ query: `${COMMON_WORD} ${RARE_WORD}` }),
  'GET /jobs': (db) => db.jobs.page({ limit: 51 }),
  'GET /jobs of a person': (db) => db.jobs.page({ userId: OWNER, limit: 51 }),
}

/** What looks for jobs, without the way to it and back, which costs the same whatever there is. */
export const lookUp: Measurement = {
  name: 'lookups',
  async run(workshop) {
    const { quick } = workshop
    const many = quick ? 200_000 : 1_000_000
    const [big, small] = [
      await openDatabase(await workshop.registryOf(many)),
      await openDatabase(await workshop.registryOf(FEW)),
    ]
    const figures: Figure[] = []
    for (const [what, lookup] of Object.entries(lookups)) {
      const timed = (db: Database) => () => meanOf(quick ? 20 : 100, () => lookup(db))
      await interleaved(3, { big: timed(big), small: timed(small) }) // warm
      const times = await interleaved(quick ? 5 : 15, { big: timed(big), small: timed(small) })
      const [ours, theirs] = [median(times.big), median(times.small)]
      const at = many.toLocaleString('en')
      const against = `the same at ${FEW.toLocaleString('en')}`
      figures.push({
        what: `${what}, at ${at} jobs`,
        against,
        ours: ms(ours),
        theirs: ms(theirs),
        ratio: ours / theirs,
        goal: { atMost: 1.5 },
        why: WHY,
      })
    }
    await big.close()
    await small.close()
    return figures
  },
}

/** Milliseconds that one of `times` takes on the average. */
async function meanOf(times: number, work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  for (let done = 0; done < times; done++) await work()
  return (performance.now() - begun) / times
}
