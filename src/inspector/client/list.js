import { ask, Refused } from './ask.js'
import { $, button, element } from './dom.js'
import { headNodes } from './job-head.js'
import { timeNode, whenInShort } from './job-words.js'
import { patch } from './patch.js'

const A_PAGE = 30
const EVERY_MS = 3_000
const TYPING_MS = 250

let jobs = new Map()
let hasOlder = false
let openId
let open = () => {}
/** Counts the lists that were asked for: an answer to an earlier one is none to this. */
let round = 0
let timer

/** Shows the list and keeps it true; `onOpen` is called with the number of a job that somebody wants to see. */
export function startList(onOpen) {
  open = onOpen
  $('more').onclick = () => look({ older: true })
  $('filters').onsubmit = (event) => event.preventDefault()
  $('status').onchange = $('kind').onchange = () => begin()
  $('words').oninput = () => {
    clearTimeout(timer)
    timer = setTimeout(begin, TYPING_MS)
  }
  document.onvisibilitychange = () => document.hidden || look()
  begin()
}

/** Marks the job that is open beside the list. */
export function markOpen(id) {
  openId = id
  show()
}

/** Where the keyboard goes on when this job is left. */
export function focusOn(id) {
  $('jobs').querySelector(`[data-key="${id}"] .job-head`)?.focus()
}

/** Another list: what was shown stays until its first answer. */
function begin() {
  round += 1
  look({ anew: true })
}

async function look({ anew = false, older = false } = {}) {
  clearTimeout(timer)
  const mine = round
  try {
    const query = new URLSearchParams({ limit: A_PAGE })
    for (const [name, id] of Object.entries({ words: 'words', status: 'status', job_type: 'kind' })) {
      const value = $(id).value.trim()
      if (value) query.set(name, value)
    }
    if (older) query.set('before_id', Math.min(...jobs.keys()))
    const page = document.hidden && !anew ? undefined : await ask(`?${query}`)
    if (mine !== round) return
    if (page) take(page, { anew, older })
    $('panes').dataset.state = 'live'
  } catch (error) {
    if (mine !== round || (error instanceof Refused && error.status === 401)) return
    $('panes').dataset.state = 'down'
  }
  show()
  timer = setTimeout(look, EVERY_MS)
}

function take({ jobs: found, next_before_id }, { anew, older }) {
  if (anew) jobs = new Map()
  // As far as this page reaches, what is not on it is not in the list any more.
  const end = next_before_id ?? 0
  if (!older) for (const id of jobs.keys()) if (id >= end) jobs.delete(id)
  for (const job of found) jobs.set(job.id, job)
  if (anew || older || jobs.size <= found.length) hasOlder = next_before_id !== null
}

function show() {
  const items = [...jobs.values()].toSorted((a, b) => b.id - a.id).map((job) => ({ ...job, open: job.id === openId }))
  const isLive = $('panes').dataset.state === 'live'
  const state = isLive ? 'live' : 'The service cannot be reached: as last seen'
  for (const node of document.querySelectorAll('.state')) if (node.textContent !== state) node.textContent = state
  $('none').textContent = $('words').value || $('status').value || $('kind').value ? 'Nothing found.' : 'No jobs yet.'
  $('none').hidden = items.length > 0 || !isLive
  $('more').hidden = !hasOlder
  patch($('jobs'), items, { key: ({ id }) => id, make: makeRow, fill: fillRow })
}

function makeRow({ id }) {
  return element(
    'li',
    'job',
    button('job-head', () => open(id)),
  )
}

function fillRow(node, job) {
  const head = node.firstElementChild
  if (job.open) head.setAttribute('aria-current', 'true')
  else head.removeAttribute('aria-current')
  head.replaceChildren(...headNodes(job), timeNode(job.created_at, whenInShort))
}
