import type { Job } from '../../jobs/lifecycle.ts'
import { elapsed, type LocalTime } from '../../local-time.ts'
import { toFormatted } from '../../telegram/format/markdown.ts'
import { snippet } from '../../telegram/snippet.ts'
import { defineCommand, type Feature, type FeatureParts } from '../feature.ts'

const marks = { queued: '🕓 queued', running: '⏳ running', done: '✅ done', failed: '❌ failed' } as const

/** /jobs: the ten most recent of this person's, newest first. */
export function createListJobs({ db, localTime }: FeatureParts): Feature {
  return defineCommand('jobs', 'Your most recent background jobs', async (ctx) => {
    const lines = (await db.jobs.listRecent(ctx.userId)).map((job) => describe(job, localTime))
    await ctx.answer(lines.length > 0 ? ['📋 Recent background jobs', ...lines].join('\n') : 'No background jobs yet.')
  })
}

function describe(job: Job, localTime: LocalTime): string {
  const facts = [`#${job.id} ${job.jobType} ${marks[job.status]}`, localTime.short(job.startedAt ?? job.createdAt)]
  if (job.status === 'done' && job.startedAt) facts.push(elapsed(job.startedAt, job.completedAt))
  const text = snippet(toFormatted((job.resultText ?? '').slice(0, 1_000)).text)
  return text ? `${facts.join(' · ')}\n    ${text}` : facts.join(' · ')
}
