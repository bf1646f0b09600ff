// The runner as the service has it, with the service's stores and messages, and a kind whose one step is answered at once.
import { openDatabase } from '../../db/open.ts'
import { defineKind } from '../../src/jobs/kind.ts'
import { createRunner } from '../../src/jobs/runner.ts'
import { createWork } from '../../src/jobs/work.ts'
import { createLocalTime } from '../../src/local-time.ts'
import { announceOutcome } from '../../src/telegram/notices.ts'
import { jobsPerSecond } from './in-flight.ts'
import type { Contender } from './life-cycles.ts'

const nothing = defineKind({
  type: 'nothing',
  description: '',
  usage: '',
  inputHint: '',
  takesMaterial: false,
  readInput: (argument) => argument,
  run: async (context) => (await context.ask('Step', { system: 'Nothing', user: context.job.inputText })).text,
})

type Log = Parameters<typeof createRunner>[0]['log']

/** Nobody reads it; the runner's word that a job has ended, which comes after the commit, is what is waited for. */
function listenTo(onEnd: () => void): Log {
  const log = {
    info(fields: object) {
      if ('status' in fields) onEnd()
    },
    warn() {},
    error({ err }: { err: unknown }) {
      throw err
    },
  }
  return log as unknown as Log // all that the runner uses of it
}

export const remy: Contender = async ({ file, count, inFlight }) => {
  const db = await openDatabase(file)
  const runner = createRunner({
    db,
    workOn: createWork({
      log: { warn() {} },
      db,
      kinds: [nothing],
      ask: async () => ({ text: 'The step is done.', cited: [], found: [] }),
      recall: async () => '',
      lookBack: async () => ({ said: [], jobs: [] }),
      localTime: createLocalTime('UTC'),
    }),
    limits: { maxRunning: inFlight, maxRunningPerUser: inFlight },
    timeoutMs: 900_000,
    bootId: 'a-measurement',
    announce: announceOutcome,
    settle: async () => {},
    log: listenTo(() => race.ended()),
  })
  const race = jobsPerSecond({ count, inFlight }, (number) =>
    db.transaction(({ jobs }) =>
      jobs.create({
        userId: 1_000 + (number % inFlight),
        jobType: 'nothing',
        inputText: `Number ${number}`,
        chatId: null,
        messageThreadId: null,
        requestMessageId: null,
        updateId: null,
      }),
    ),
  )
  runner.start()
  race.start()
  const perSecond = await race.perSecond
  await runner.drain(0, AbortSignal.abort())
  await db.close()
  return perSecond
}
