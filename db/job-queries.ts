// What every job goes through, each built once: see prepared.
import { sql } from 'kysely'
import type { Attachment } from '../src/attachment.ts'
import type { Status } from '../src/jobs/lifecycle.ts'
import { prepared } from './prepared.ts'
import type { Row } from './schema.ts'

/** A wish for a job. `updateId` is the Telegram update that asked: it makes a job at most once. */
export type NewJob = Pick<
  Row<'backgroundJobs'>,
  'userId' | 'jobType' | 'inputText' | 'chatId' | 'messageThreadId' | 'requestMessageId' | 'updateId'
> & { callOrdinal?: number; files?: readonly Attachment[]; rerunOf?: number | null }

type Inserted = Required<Omit<NewJob, 'files'>> & { files: string; createdAt: string }
/** Nothing comes back of an update that made one before. */
export const insertJob = prepared((db, job: Inserted) =>
  db
    .insertInto('backgroundJobs')
    .values({
      userId: job.userId,
      jobType: job.jobType,
      inputText: job.inputText,
      chatId: job.chatId,
      messageThreadId: job.messageThreadId,
      requestMessageId: job.requestMessageId,
      updateId: job.updateId,
      callOrdinal: job.callOrdinal,
      rerunOf: job.rerunOf,
      files: job.files,
      createdAt: job.createdAt,
    })
    .onConflict((conflict) => conflict.columns(['updateId', 'callOrdinal']).where('updateId', 'is not', null).doNothing())
    .returningAll(),
)

/** Nothing comes back where it was not queued any more. */
export const moveToRunning = prepared((db, { id, bootId, startedAt }: { id: number; bootId: string; startedAt: string }) =>
  db
    .updateTable('backgroundJobs')
    .set({ status: 'running', bootId, startedAt })
    .where('id', '=', id)
    .where('status', '=', 'queued')
    .returningAll(),
)

/** The oldest that waits, of none of these people (a JSON list), and whose wish is answered. */
export const nextQueued = prepared((db, { exceptUserIds }: { exceptUserIds: string }) =>
  db
    .selectFrom('backgroundJobs')
    .select('id')
    .where('status', '=', 'queued')
    .where(({ not, exists, selectFrom }) => {
      const wish = selectFrom('updates').select('id').whereRef('updates.updateId', '=', 'backgroundJobs.updateId')
      return not(exists(wish.where('handledAt', 'is', null)))
    })
    .where('userId', 'not in', sql<number>`(SELECT value FROM json_each(${exceptUserIds}))`)
    .orderBy('id')
    .limit(1),
)

type End = { id: number; from: Status; to: Status; resultText: string; completedAt: string }
/** Nothing comes back where it was not in `from` any more. */
export const moveToEnd = prepared((db, { id, from, to, resultText, completedAt }: End) =>
  db
    .updateTable('backgroundJobs')
    .set({ status: to, resultText, completedAt, stage: null })
    .where('id', '=', id)
    .where('status', '=', from)
    .returningAll(),
)
