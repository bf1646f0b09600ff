import { post } from './around.js'
import { $, button, element } from './dom.js'
import { headNodes } from './job-head.js'
import { createJobView } from './job-view.js'
import { tick } from './job-words.js'
import { patch } from './patch.js'

const views = new Map()
let view = { state: 'down', jobs: [] }
let connected = false
let page
let chosen = 'newest'

/** The one job that is open: the newest by itself, until the viewer opens another. */
const openId = () => (chosen === 'newest' ? view.jobs[0]?.id : chosen)

/** After every connection the page has a new number, and the server is told again what is looked at. */
export function startJobs(number) {
  page = number
  connected = true
  if (chosen !== 'newest') watch()
}

export function loseJobs() {
  connected = false
  show()
}

export function showRegistry(next) {
  view = next
  show()
}

/** A job with everything that is known of it. */
export function showJob(job) {
  const shown = views.get(job.id) ?? createJobView()
  views.set(job.id, shown)
  shown.show(job)
  show()
}

function show() {
  const isLive = connected && view.state === 'live'
  $('side').dataset.state = isLive ? 'live' : 'down'
  $('side-state').textContent = isLive ? 'live' : 'The service is down: as last seen'
  const { jobs } = view
  const running = jobs.filter(({ status }) => status === 'running').length
  $('show-side').dataset.running = running > 0 && isLive ? String(running) : ''
  $('show-side').setAttribute('aria-label', running > 0 && isLive ? `Jobs, ${running} running` : 'Jobs')
  $('no-jobs').hidden = jobs.length > 0
  const items = jobs.map((job) => ({ ...job, open: job.id === openId() }))
  patch($('jobs'), items, { key: ({ id }) => id, make: makeRow, fill: fillRow })
  for (const node of $('jobs').children) placeView(node)
  for (const id of views.keys()) if (!jobs.some((job) => job.id === id)) views.delete(id)
}

function makeRow({ id }) {
  const head = button('job-head', () => toggle(id))
  head.setAttribute('aria-controls', `job-${id}`)
  const body = element('div', 'job-body')
  body.id = `job-${id}`
  return element('li', 'job', head, body)
}

function fillRow(node, job) {
  const head = node.firstElementChild
  head.setAttribute('aria-expanded', String(job.open))
  node.classList.toggle('open', job.open)
  head.replaceChildren(...headNodes(job))
}

function placeView(node) {
  const body = node.lastElementChild
  const shown = node.classList.contains('open') ? views.get(Number(node.dataset.key))?.node : undefined
  if (body.firstElementChild === (shown ?? null)) return
  body.replaceChildren(...(shown ? [shown] : []))
}

function toggle(id) {
  const isOpen = id === openId()
  chosen = isOpen ? 'none' : id === view.jobs[0]?.id ? 'newest' : id
  watch()
  show()
}

function watch() {
  post('/watch', { page, job: chosen })
}

// What a service that is down was at does not go on.
setInterval(() => {
  if ($('side').dataset.state === 'live') tick($('jobs'))
}, 1000)
