import type { Tool } from '../tool.ts'
import { getBackgroundJob } from './get-background-job.ts'
import { listBackgroundJobs } from './list-background-jobs.ts'
import { startBackgroundJob } from './start-background-job.ts'

/** What Claude can call in a chat turn. The order is part of the cached prompt: append, do not sort. */
export const tools: readonly Tool[] = [listBackgroundJobs, getBackgroundJob, startBackgroundJob]
