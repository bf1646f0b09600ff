import { ask, Refused } from './ask.js'
import { $, element } from './dom.js'
import { follow } from './follow.js'
import { headNodes } from './job-head.js'
import { createJobView } from './job-view.js'
import { patch } from './patch.js'
import { nodesOf } from './rendered.js'

const EVERY_MS = 2_000

const nameOfPage = document.title

/** The job that is open: what belongs to it ends when another is opened. */
let opened

/** Opens a job beside the list, or in its place where there is no room; none closes what is open. */
export function showOpened(id) {
  if (opened?.id === id) return
  opened?.ending.abort()
  opened = undefined
  document.title = nameOfPage
  $('panes').classList.toggle('at-job', id !== undefined)
  $('opened-head').replaceChildren()
  $('opened-body').replaceChildren(...(id === undefined ? [] : [element('p', 'hint', 'Loading…')]))
  $('pick').hidden = id !== undefined
  if (id === undefined) return
  const reading = element('div', 'reading')
  opened = { id, ending: new AbortController(), reading, view: createJobView({ reading }), head: element('h2', 'job-head') }
  $('opened').scrollTop = 0
  keepTrue(opened)
}

async function keepTrue(mine) {
  const { signal } = mine.ending
  let timer
  let isFollowed = false
  let looking
  let again = false

  // One look at a time: an event in the middle of one makes another follow it.
  async function look() {
    if (looking) {
      again = true
      return
    }
    clearTimeout(timer)
    looking = refresh().catch((error) => fail(error))
    const isOver = await looking
    looking = undefined
    if (signal.aborted || isOver) return
    if (again) {
      again = false
      return look()
    }
    timer = setTimeout(look, EVERY_MS)
  }

  /** Whether nothing will change any more. */
  async function refresh() {
    const job = await ask(`/${mine.id}`, { signal })
    await show(mine, job)
    const isActive = job.completed_at === null
    if (isActive && !isFollowed) {
      isFollowed = true
      follow(mine.id, { signal, onEvent: look })
    }
    return !isActive && job.deliveries.every(({ state }) => state !== 'pending')
  }

  function fail(error) {
    if (signal.aborted || (error instanceof Refused && error.status === 401)) return true
    if (!(error instanceof Refused && error.status === 404)) return false
    $('opened-body').replaceChildren(element('p', 'hint', `There is no job #${mine.id} here.`))
    return true
  }

  signal.addEventListener('abort', () => clearTimeout(timer))
  await look()
}

async function show(mine, job) {
  const { signal } = mine.ending
  const html = job.status === 'done' && !mine.isRead ? (await ask(`/${job.id}/result`, { signal })).html : undefined
  if (signal.aborted) return
  if (!mine.isRead && job.completed_at !== null) {
    mine.isRead = true
    if (html) mine.reading.replaceChildren(...nodesOf(html))
    else mine.reading.replaceChildren(element('p', 'why', job.result_text))
  }
  patch($('opened-head'), [job], {
    key: ({ id }) => id,
    make: () => mine.head,
    fill: (node) => node.replaceChildren(...headNodes(job)),
  })
  document.title = `#${job.id} ${job.job_type} · ${nameOfPage}`
  mine.reading.hidden = job.completed_at === null
  mine.view.show(job)
  if (mine.view.node.parentNode !== $('opened-body')) $('opened-body').replaceChildren(mine.view.node)
}
