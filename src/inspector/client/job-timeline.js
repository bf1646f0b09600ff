import { element } from './dom.js'
import { timeNode, took } from './job-words.js'
import { patch } from './patch.js'

/** Of what happened in one moment, this is the order. */
const order = { queued: 0, running: 1, step: 2, done: 3, failed: 3 }

/** A job's moves and finished steps in the order in which they happened, and what it is at while it runs. */
export function fillTimeline(list, job) {
  const moves = (job.transitions ?? []).map(({ status, at }) => ({ key: status, kind: status, at, title: status }))
  const steps = (job.steps ?? []).map((step) => ({ ...step, key: `step-${step.name}`, kind: 'step', at: step.completed_at }))
  const done = [...moves, ...steps].sort(
    (a, b) => Date.parse(a.at) - Date.parse(b.at) || order[a.kind] - order[b.kind] || (a.at < b.at ? -1 : 1),
  )
  const now = job.status === 'running' ? [{ key: 'now', kind: 'now', title: job.stage ?? 'at work', at: job.started_at }] : []
  patch(list, [...done, ...now], { key: ({ key }) => key, make: () => element('li'), fill: fillEntry })
}

function fillEntry(node, entry) {
  node.className = 'moment'
  node.dataset.kind = entry.outcome === 'failed' ? 'failed' : entry.kind
  const isNow = entry.kind === 'now'
  const time = isNow ? element('span', 'now', 'now') : timeNode(entry.at)
  node.replaceChildren(time, element('i', 'dot'), entry.kind === 'step' ? stepNode(entry) : element('b', '', entry.title))
}

function stepNode({ name, outcome, text, started_at, completed_at, reused_from }) {
  const reused = typeof reused_from === 'number'
  const facts = reused ? element('span', 'took', `taken over from #${reused_from}`) : took(started_at, completed_at)
  const title = [element('span', 'step-name', name), ...(outcome === 'failed' ? [element('em', '', 'failed')] : []), facts]
  return text ? fold('step', title, text) : element('div', 'step', ...title)
}

/** A text that is unfolded by a tap on its title. */
export function fold(className, title, text, { open = false } = {}) {
  const words = element('div', 'unfolded', text)
  words.dir = 'auto'
  words.tabIndex = 0
  const node = element('details', `fold-out ${className}`, element('summary', '', ...title), words)
  node.open = open
  return node
}
