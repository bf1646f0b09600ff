import type { Job } from '../../jobs/lifecycle.ts'
import { elapsed, type LocalTime } from '../../local-time.ts'
import { toFormatted } from '../../telegram/format/markdown.ts'
import { defineCommand, type Feature, type FeatureParts } from '../feature.ts'

const SNIPPET = 80

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

/** One line of at most 80 characters, without what could break or turn the line around. */
export function snippet(text: string): string {
  const line = text.replace(/[\p{Cc}\s\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069]+/gu, ' ').trim()
  const characters = Array.from(new Intl.Segmenter().segment(line), ({ segment }) => segment)
  return characters.length > SNIPPET ? `${characters.slice(0, SNIPPET - 1).join('')}…` : line
}
